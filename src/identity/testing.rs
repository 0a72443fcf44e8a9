//! What the tests of this layer share.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs ssh-keygen in a folder with a message on its standard input.
pub(super) fn keygen(folder: &Path, args: &[&str], input: &[u8]) -> (bool, String) {
    let message = folder.join("stdin");
    fs::write(&message, input).unwrap();
    let output = Command::new("ssh-keygen")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::from(fs::File::open(message).unwrap()))
        .output()
        .expect("ssh-keygen is installed (Debian: openssh-client)");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Waits until something is so; a minute at most.
pub(super) fn wait_for(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !so() {
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::yield_now();
    }
}
