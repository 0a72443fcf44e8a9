//! The `golive` program: everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    golive::cli::main()
}
