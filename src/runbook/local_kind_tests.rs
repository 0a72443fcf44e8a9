//! Checks of files, certificates, leaked keys and programs: what is read of them, and every fault.

use super::fault::{Fault, Severity};
use super::fault_tests::GOOD;
use super::load;
use crate::domain::check::{Check, CheckKind, FileFormat, ScanKind};
use crate::domain::ids::FieldId;

/// The good runbook with a further check that an item uses.
fn source(check: &str) -> String {
    let with = format!("[checks.more]\n{check}\n[[stages]]");
    GOOD.replacen("[[stages]]", &with, 1).replacen(
        "owner = { all",
        "check = { use = \"more\", mode = \"assist\" }\nowner = { all",
        1,
    )
}

/// The check when there is no fault, not even a warning.
fn resolved(check: &str) -> Check {
    let loaded = load("x", source(check).as_bytes()).unwrap();
    assert_eq!(loaded.warnings, []);
    loaded.runbook.checks["more"].clone()
}

fn faults(check: &str) -> Vec<Fault> {
    load("x", source(check).as_bytes()).unwrap_err().0
}

/// Each check with what is said of it, of which words, with which advice; nothing else is said.
fn refused(cases: &[(&str, &str, &str, &str)]) {
    for (check, message, words, hint) in cases {
        let all = faults(check);
        let errors: Vec<&Fault> = all.iter().filter(|f| f.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 1, "{check}: {all:#?}");
        assert!(errors[0].message.contains(message), "{check}: {all:#?}");
        assert!(errors[0].words.contains(words), "{check}: {all:#?}");
        assert!(errors[0].hint.as_deref().unwrap_or_default().contains(hint), "{check}: {all:#?}");
    }
}

/// The digest of the item that uses the check.
fn digest(check: &str) -> String {
    let loaded = load("x", source(check).as_bytes()).unwrap();
    let digest = loaded.runbook.items().find(|i| i.1.id.as_str() == "second").unwrap().1.digest;
    digest.to_string()
}

/// A signature covers all of the check: each of these means something else than the others.
fn digests_differ(checks: &[&str]) {
    let mut digests: Vec<String> = checks.iter().map(|c| digest(c)).collect();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), checks.len());
}

#[test]
fn a_file_check_is_read() {
    let check = resolved(
        "kind = 'file'\npath = '{{ fields.api_url }}/k6.json'\nmax_age = '7d'\nexpect = 'data.a < size'",
    );
    let CheckKind::File(file) = &check.kind else { panic!("{check:?}") };
    assert_eq!((file.format, file.max_age.unwrap().as_secs()), (None, 7 * 86_400));
    assert_eq!(check.needs.fields.iter().map(FieldId::as_str).collect::<Vec<_>>(), ["api_url"]);
    let named = resolved("kind = 'file'\npath = 'a.txt'\nformat = 'toml'\nexpect = ['data.a', 'size > 1']");
    assert!(
        matches!(named.kind, CheckKind::File(f) if f.format == Some(FileFormat::Toml) && f.expect.len() == 2)
    );
}

#[test]
fn every_fault_of_a_file_check_is_told() {
    refused(&[
        ("kind = 'file'\nexpect = 'size > 1'", "'path' is missing", "", "path ="),
        ("kind = 'file'\npath = 'a.json'", "expects nothing of the file", "", "expect ="),
        ("kind = 'file'\npath = 'a.txt'\nexpect = 'size > 1'", "does not tell how", "a.txt", "format"),
        ("kind = 'file'\npath = 'a.json'\nformat = 'tmol'\nexpect = 'size'", "no format", "tmol", "'toml'"),
        ("kind = 'file'\npath = 'a.json'\nmax_age = 'old'\nexpect = 'size'", "no duration", "old", "30s"),
        ("kind = 'file'\npath = 'a.json'\nexpect = 'status == 200'", "'status' is not known", "status", ""),
        (
            "kind = 'file'\npath = 'a.json'\nmax_aeg = '7d'\nexpect = 'size'",
            "no key 'max_aeg'",
            "max_aeg",
            "'max_age'",
        ),
        ("kind = 'file'\npath = '{{ data.x }}.json'\nexpect = 'size'", "'data' is not known", "data", ""),
    ]);
}

#[test]
fn a_signature_covers_all_of_a_file_check() {
    digests_differ(&[
        "kind = 'file'\npath = 'a.json'\nexpect = 'size > 1'",
        "kind = 'file'\npath = 'b.json'\nexpect = 'size > 1'",
        "kind = 'file'\npath = 'a.json'\nexpect = 'size > 2'",
        "kind = 'file'\npath = 'a.json'\nexpect = 'size > 1'\nformat = 'toml'",
        "kind = 'file'\npath = 'a.json'\nexpect = 'size > 1'\nmax_age = '7d'",
        "kind = 'file'\npath = 'a.json'\nexpect = 'size > 1'\nmax_age = '8d'",
    ]);
}

#[test]
fn a_tls_check_is_read() {
    let check = resolved("kind = 'tls'\nhost = '{{ fields.api_url }}'\nca = 'roots.pem'");
    let CheckKind::Tls(tls) = &check.kind else { panic!("{check:?}") };
    assert_eq!(tls.days_left, 14);
    assert!(tls.ca.is_some() && check.needs.fields.len() == 1);
    assert!(check.every < check.ttl);
}

#[test]
fn every_fault_of_a_tls_check_is_told() {
    refused(&[
        ("kind = 'tls'", "'host' is missing", "", "host ="),
        ("kind = 'tls'\nhost = 'http://a.example'", "has no certificate", "http://a.example", "https"),
        ("kind = 'tls'\nhost = 'a.example'\ndays_left = 0", "between 1 and 398", "0", "how many days"),
        ("kind = 'tls'\nhost = 'a.example'\ndays_left = 4000000000", "between 1 and 398", "4000000000", ""),
        ("kind = 'tls'\nhost = 'a.example'\ndays = 3", "no key 'days'", "days", ""),
        ("kind = 'tls'\nhost = '{{ fields.hots }}'", "no field 'hots'", "hots", ""),
    ]);
}

#[test]
fn a_signature_covers_all_of_a_tls_check() {
    digests_differ(&[
        "kind = 'tls'\nhost = 'a.example'",
        "kind = 'tls'\nhost = 'b.example'",
        "kind = 'tls'\nhost = 'a.example'\ndays_left = 15",
        "kind = 'tls'\nhost = 'a.example'\nca = 'roots.pem'",
    ]);
}

#[test]
fn a_scan_is_read() {
    let check = resolved(
        "kind = 'scan'\npaths = '{{ fields.api_url }}'\nfind = ['cards', 'keys']\nskip = 'fixtures/**'\n\
         patterns = [{ name = 'Acme id', pattern = 'acme_[a-z]+' }]",
    );
    let CheckKind::Scan(scan) = &check.kind else { panic!("{check:?}") };
    assert_eq!(scan.find, [ScanKind::Keys, ScanKind::Cards]);
    assert_eq!((scan.patterns[0].name.as_str(), scan.skip[0].as_str()), ("Acme id", "fixtures/**"));
    let site = resolved("kind = 'scan'\nsite = '{{ fields.api_url }}'");
    assert!(matches!(site.kind, CheckKind::Scan(s) if s.find == ScanKind::ALL && s.site.is_some()));
}

#[test]
fn every_fault_of_a_scan_is_told() {
    refused(&[
        ("kind = 'scan'", "looks nowhere", "", "paths ="),
        ("kind = 'scan'\npaths = 'a'\nfind = ['crads']", "no thing to look for", "crads", "'cards'"),
        ("kind = 'scan'\npaths = 'a'\nfind = []", "looks for nothing", "", "find ="),
        ("kind = 'scan'\npaths = 'a'\nskip = '[a'", "glob does not compile", "[a", "fixtures"),
        ("kind = 'scan'\npaths = 'a'\nskip = ''", "between 1 and 200", "", "fixtures"),
        (
            "kind = 'scan'\npaths = 'a'\npatterns = [{ name = 'x', pattern = 'a*' }]",
            "found everywhere",
            "a*",
            "",
        ),
        (
            "kind = 'scan'\npaths = 'a'\npatterns = [{ name = 'x', pattern = '(' }]",
            "does not compile",
            "(",
            "",
        ),
        ("kind = 'scan'\npaths = 'a'\npatterns = [{ pattern = 'a' }]", "'name' is missing", "", "name ="),
        ("kind = 'scan'\npaths = '{{ fields.dri }}'", "no field 'dri'", "dri", ""),
        ("kind = 'scan'\npath = 'a'\nsite = 'b'", "no key 'path'", "path", "'paths'"),
    ]);
}

#[test]
fn a_signature_covers_all_of_a_scan() {
    digests_differ(&[
        "kind = 'scan'\npaths = 'a'",
        "kind = 'scan'\npaths = 'b'",
        "kind = 'scan'\nsite = 'a'",
        "kind = 'scan'\npaths = 'a'\nfind = ['keys']",
        "kind = 'scan'\npaths = 'a'\nskip = 'b'",
        "kind = 'scan'\npaths = 'a'\npatterns = [{ name = 'x', pattern = 'y' }]",
    ]);
}

#[test]
fn a_command_is_read() {
    let check = resolved(
        "kind = 'command'\nargv = ['./smoke.sh', '{{ fields.api_url }}']\nenv = { ACCOUNT = '{{ fields.api_url }}' }",
    );
    let CheckKind::Command(command) = &check.kind else { panic!("{check:?}") };
    assert_eq!((command.program.as_str(), command.arguments.len(), command.env.len()), ("./smoke.sh", 1, 1));
    assert_eq!(command.expect[0].source(), "exit == 0");
    assert_eq!(check.needs.fields.len(), 1);
}

#[test]
fn every_fault_of_a_command_is_told() {
    refused(&[
        ("kind = 'command'", "'argv' is missing", "", "argv ="),
        ("kind = 'command'\nargv = []", "names no program", "", "argv ="),
        ("kind = 'command'\nargv = 'a.sh'", "a list is expected", "a.sh", ""),
        ("kind = 'command'\nargv = [' ']", "program is empty", "", "smoke.sh"),
        ("kind = 'command'\nargv = ['{{ fields.api_url }}']", "not by a field", "api_url", "arguments"),
        ("kind = 'command'\nargv = ['./a.sh --live']", "no shell takes this apart", "--live", "argv ="),
        ("kind = 'command'\nargv = ['a']\nexpect = 'status == 200'", "'status' is not known", "status", ""),
        ("kind = 'command'\nargv = ['a']\nenv = { 'A B' = 'x' }", "only ASCII letters", "A B", "ACCOUNT"),
        (
            "kind = 'command'\nargv = ['a']\nenv = { LD_PRELOAD = 'x' }",
            "which code a program runs",
            "LD_",
            "",
        ),
    ]);
}

#[test]
fn a_signature_covers_all_of_a_command() {
    digests_differ(&[
        "kind = 'command'\nargv = ['a']",
        "kind = 'command'\nargv = ['b']",
        "kind = 'command'\nargv = ['a', 'b']",
        "kind = 'command'\nargv = ['a']\nenv = { A = 'b' }",
        "kind = 'command'\nargv = ['a']\nexpect = 'exit == 1'",
    ]);
}
