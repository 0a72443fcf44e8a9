//! Use cases: load, decide, sign, append, publish. The only writer of the log.
