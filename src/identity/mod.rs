//! Keys and SSHSIG signatures.
