//! Members, their keys and roles, from the command line.

use std::process::Command;

use crate::cli_bench::{Home, NOW};

/// Somebody with a home and a key of their own, on Dana's store.
struct Person<'a> {
    name: &'static str,
    home: Home,
    dana: &'a Home,
}

impl<'a> Person<'a> {
    fn new(name: &'static str, dana: &'a Home) -> Self {
        Self { name, home: Home::new(), dana }
    }

    fn command(&self, now: &str, args: &[&str]) -> Command {
        let mut command = self.home.command(args);
        let store = self.dana.path("golive.db");
        command.env("GOLIVE_NAME", self.name).env("GOLIVE_STORE", store).env("GOLIVE_NOW", now);
        command
    }

    fn run(&self, now: &str, args: &[&str]) -> (i32, String) {
        let output = self.command(now, args).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(text).unwrap())
    }

    fn json(&self, args: &[&str]) -> serde_json::Value {
        let (code, text) = self.run(NOW, &[args, &["--json"]].concat());
        assert_eq!(code, 0, "{args:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    fn fingerprint(&self) -> String {
        self.json(&["whoami"])["fingerprint"].as_str().unwrap().to_owned()
    }

    /// The public key in a file.
    fn public(&self) -> String {
        let line = self.json(&["whoami"])["public_key"].as_str().unwrap().to_owned();
        self.home.write("key.pub", line)
    }
}

const NOTE: [&str; 4] = ["note", "acme", "hello", "seen"];
const LATER: &str = "2026-12-25T00:00:00Z";

#[test]
fn whoami_tells_key_and_roles_in_each_engagement() {
    let dana = Home::with_acme();
    let lin = Person::new("Lin Chen", &dana);
    assert_eq!(lin.json(&["whoami"])["engagements"], serde_json::json!([]));
    dana.ok(&["assign", "acme", "dev", "Lin Chen", "--key", &lin.public()]);
    let me = lin.json(&["whoami", "acme"]);
    assert_eq!(me["key_source"], "golive's own key");
    let expected = serde_json::json!([
        { "engagement": "acme", "name": "Lin Chen", "key": "valid", "roles": ["dev"] }
    ]);
    assert_eq!(me["engagements"], expected);
    let (_, told) = lin.run(NOW, &["whoami"]);
    assert!(told.ends_with("acme  Lin Chen  Developer\n"), "{told}");
    dana.ok(&["key-revoke", "acme", &lin.fingerprint()]);
    assert_eq!(lin.json(&["whoami"])["engagements"][0]["key"], "revoked");
    assert_eq!(lin.run(NOW, &["whoami", "nowhere"]).0, 2);
}

#[test]
fn a_key_with_an_end_signs_until_then_and_can_be_given_another() {
    let dana = Home::with_acme();
    let lin = Person::new("Lin Chen", &dana);
    let key = lin.public();
    dana.ok(&["assign", "acme", "dev", "Lin Chen", "--key", &key, "--valid-until", "2026-12-24"]);
    assert_eq!(lin.run("2026-12-24T23:59:59Z", &NOTE).0, 0);
    let (code, told) = lin.run(LATER, &NOTE);
    assert_eq!(code, 4, "{told}");
    assert!(told.contains("the key of Lin Chen was valid until 2026-12-25 00:00:00 UTC"), "{told}");
    assert!(told.contains("golive key-add acme 'Lin Chen' FILE"), "{told}");
    dana.ok(&["key-add", "acme", "Lin Chen", &key, "--valid-until", "2027-01-31"]);
    assert_eq!(lin.run(LATER, &NOTE).0, 0);
    assert!(dana.ok(&["verify", "acme"]).contains("every one good"));
    let members = dana.json(&["members", "acme"]);
    let lin_s = &members["members"][1];
    assert_eq!(lin_s["keys"][0]["valid_until"], "2027-02-01T00:00:00Z");
    assert_eq!(lin_s["roles"], serde_json::json!(["dev"]));
    let usage = dana.fails(2, &["assign", "acme", "dev", "Lin Chen", "--valid-until", "2026-12-24"]);
    assert!(usage.contains("--key FILE"), "{usage}");
    let never = dana.fails(2, &["key-add", "acme", "Lin Chen", &key, "--valid-until", "2026-11-20"]);
    assert!(never.contains("valid at no time to come"), "{never}");
}

#[test]
fn people_bring_further_keys_of_their_own_and_nobody_elses() {
    let dana = Home::with_acme();
    let lin = Person::new("Lin Chen", &dana);
    dana.ok(&["assign", "acme", "dev", "Lin Chen", "--key", &lin.public()]);
    let laptop = Person::new("Lin Chen", &dana);
    let (code, told) = laptop.run(NOW, &["key-add", "acme", "Lin Chen", &laptop.public()]);
    assert_eq!(code, 4, "{told}");
    assert_eq!(lin.run(NOW, &["key-add", "acme", "Lin Chen", &laptop.public()]).0, 0);
    assert_eq!(laptop.run(NOW, &NOTE).0, 0);
    let (code, told) = laptop.run(NOW, &["key-add", "acme", "Dana Ruiz", &lin.public()]);
    assert_eq!(code, 4, "{told}");
    // A key that somebody lost is given up by its owner, with another.
    assert_eq!(laptop.run(NOW, &["key-revoke", "acme", &lin.fingerprint()]).0, 0);
    let (code, told) = lin.run(NOW, &NOTE);
    assert_eq!(code, 4, "{told}");
    assert!(told.contains("that key has been revoked"), "{told}");
    assert!(dana.ok(&["verify", "acme"]).contains("every one good"));
}

#[test]
fn who_is_taken_off_signs_nothing_more_and_the_last_lead_stays() {
    let dana = Home::with_acme();
    let lin = Person::new("Lin Chen", &dana);
    dana.ok(&["assign", "acme", "dev", "Lin Chen", "--key", &lin.public()]);
    assert_eq!(lin.run(NOW, &["member-remove", "acme", "Dana Ruiz"]).0, 4);
    for args in [&["member-remove", "acme", "Dana Ruiz"][..], &["unassign", "acme", "lead", "Dana Ruiz"]] {
        let told = dana.fails(4, args);
        assert!(told.contains("Dana Ruiz is the last lead with a key"), "{told}");
    }
    let told = dana.ok(&["member-remove", "acme", "Lin Chen"]);
    assert!(told.contains("Lin Chen leaves, with all roles and keys"), "{told}");
    assert_eq!(lin.run(NOW, &NOTE).0, 4);
    let told = dana.ok(&["members", "acme"]);
    assert!(told.contains("Lin Chen  left 2026-11-21 09:00:00"), "{told}");
    assert!(told.contains("revoked  since 2026-11-21 09:00:00"), "{told}");
    assert_eq!(dana.json(&["status", "acme"])["members"].as_array().unwrap().len(), 1);
}

#[test]
fn signers_say_who_could_sign_from_when_until_when() {
    let dana = Home::with_acme();
    let lin = Person::new("lin@acme.example", &dana);
    let key = lin.public();
    let limits = ["--valid-from", "2026-12-01", "--valid-until", "2026-12-24T18:00:00Z"];
    dana.ok(&[&["assign", "acme", "dev", "lin@acme.example", "--key", key.as_str()][..], &limits].concat());
    let line = std::fs::read_to_string(&key).unwrap();
    let file = dana.ok(&["signers", "acme"]);
    let expected = format!(
        "lin@acme.example namespaces=\"golive,golive-release\",valid-after=\"20261201000000Z\",valid-before=\"20261224175959Z\" {line}\n"
    );
    assert!(file.ends_with(&expected), "{file}");
    let first = file.lines().next().unwrap();
    assert!(first.starts_with("SHA256:"), "a name with a space is not a principal: {first}");
    assert!(first.contains("valid-after=\"20261121090000Z\" ssh-ed25519 "), "{first}");
    assert_eq!(dana.json(&["signers", "acme"])[1]["valid_before"], "2026-12-24T17:59:59Z");
}
