//! The `allowed_signers` file of `ssh-keygen -Y verify`: which principal signs with which key.
//!
//! The format is that of ssh-keygen(1), "ALLOWED SIGNERS": principals (a pattern list), options, key.
//! A member's name is free text, and a comma, a star or a quote in it would let one line speak for
//! several people. Names that could do so are replaced by the key's fingerprint.

use std::fmt::Write as _;

use super::public::PublicKey;
use super::purpose::Purpose;
use crate::domain::ids::MemberName;

/// The principal that stands for a member in the file, and for `-I` on the command line.
///
/// The name itself when it is a plain word, else the fingerprint of the key. The two cannot meet:
/// a plain word has no colon.
pub fn principal(name: &MemberName, key: &PublicKey) -> String {
    let text = name.as_str();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@' | b'+');
    // A leading `-` would be an option of ssh-keygen, a leading `#` or `!` a comment or a negation.
    let plain_start = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if plain_start && text.bytes().all(plain) {
        text.to_owned()
    } else {
        key.fingerprint().as_str().to_owned()
    }
}

/// The lines for these members, for signatures in golive's namespaces only.
pub fn allowed_signers<'a>(members: impl IntoIterator<Item = (&'a MemberName, &'a PublicKey)>) -> String {
    let mut file = String::new();
    for (name, key) in members {
        let [event, release] = Purpose::ALL;
        let _ = writeln!(file, "{} namespaces=\"{event},{release}\" {key}", principal(name, key));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    #[test]
    fn a_plain_name_is_its_own_principal() {
        let key = PublicKey::parse(LINE).unwrap();
        let dana = MemberName::new("dana@acme.example").unwrap();
        assert_eq!(principal(&dana, &key), "dana@acme.example");
        let file = allowed_signers([(&dana, &key)]);
        assert_eq!(file, format!("dana@acme.example namespaces=\"golive,golive-release\" {LINE}\n"));
    }

    #[test]
    fn a_name_that_means_something_to_the_format_becomes_the_fingerprint() {
        let key = PublicKey::parse(LINE).unwrap();
        for name in ["Dana Ruiz", "*", "a,b", "!a", "#a", "-I", "\"a\"", "a?", "é", "a\u{202e}b", "SHA256:x"]
        {
            let name = MemberName::new(name).unwrap();
            assert_eq!(principal(&name, &key), key.fingerprint().as_str());
        }
    }
}
