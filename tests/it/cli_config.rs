//! `config.toml` as a person writes it, well and badly.

use crate::cli_bench::Home;

#[test]
fn every_fault_of_the_configuration_is_told_at_once_under_its_line() {
    let home = Home::new();
    let text = "glyphs = 'asci'\n[theme]\nname = 'drak'\ncolours = { good = 'gren' }\n[keys]\ntik = 't'\n\
                sign = 'q'\nquit = []\n[notify]\nevents = ['tickd']\nwebhook = { url = 'http://far.example/' }\n";
    home.write("config.toml", text);
    let said = home.fails(2, &["config"]);
    for told in [
        "config.toml:1:10",
        "did you mean 'ascii'?",
        "config.toml:3:8",
        "did you mean 'dark'?",
        "did you mean 'green'?",
        "config.toml:6:1",
        "did you mean 'tick'?",
        "config.toml:10:11",
        "did you mean 'ticked'?",
        "https",
    ] {
        assert!(said.contains(told), "{told} is not in\n{said}");
    }
    // What clashes is told once every word is one.
    home.write("config.toml", "[keys]\nsign = 'q'\nquit = []\n");
    let said = home.fails(2, &["list"]);
    assert!(said.contains("nobody could 'quit'"), "{said}");
    assert!(!home.path("golive.db").exists());
}

#[test]
fn what_the_configuration_comes_to_is_printed_with_every_act_and_its_keys() {
    let home = Home::new();
    assert!(home.ok(&["config"]).contains("not there"));
    home.write(
        "config.toml",
        "theme = 'light'\n[keys]\n'engagement.tick' = ['space', 'ctrl-t']\nnote = []\n",
    );
    let said = home.ok(&["config"]);
    assert!(said.contains("light") && said.contains("[keys.engagement]"), "{said}");
    let json = home.json(&["config"]);
    let keys = |context: &str, act: &str| {
        let mut rows = json["keys"].as_array().unwrap().iter();
        rows.find(|r| r["context"] == context && r["act"] == act).unwrap()["keys"].clone()
    };
    assert_eq!(keys("engagement", "tick"), serde_json::json!(["space", "ctrl-t"]));
    assert_eq!(keys("engagement", "note"), serde_json::json!([]));
    assert_eq!(keys("portfolio", "help"), serde_json::json!(["?", "f1"]));
    assert_eq!(json["theme"], "light");
    assert_eq!(home.json(&["config", "--theme", "none"])["theme"], "none");
    home.fails(2, &["config", "--theme", "pink"]);
}
