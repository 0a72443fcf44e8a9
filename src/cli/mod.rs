//! The command line. The only writer to stdout and stderr.
