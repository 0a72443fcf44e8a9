//! Somebody who was told nothing opens the demo and presses only what the screen names.

use tempfile::TempDir;

use crate::terminal::{Launch, Terminal};

/// Keys that they have before they give up.
const PATIENCE: usize = 10;

struct Newcomer {
    terminal: Terminal,
    pressed: usize,
}

impl Newcomer {
    /// Presses the key that stands before a word in the footer or in a window, such as `space tick`.
    fn press(&mut self, word: &str) {
        let named = |text: &str| {
            let pieces = text.split(['│', '\n']).flat_map(|line| line.split("  "));
            let mut keys = pieces.filter_map(|piece| piece.trim().strip_suffix(word)?.strip_suffix(' '));
            keys.find(|key| !key.contains(' ')).map(str::to_owned)
        };
        let what = format!("the key for '{word}'");
        let screen = self.terminal.wait_for(&what, |screen| named(&screen.text()).is_some());
        let key = named(&screen.text()).unwrap_or_default();
        self.pressed += 1;
        assert!(self.pressed <= PATIENCE, "'{word}' takes more than {PATIENCE} keys");
        self.terminal.send(match key.as_str() {
            "enter" => "\r",
            "space" => " ",
            letter => letter,
        });
    }
}

#[test]
fn ten_keys_that_the_screen_names_tick_say_why_sign_and_find_help() {
    let home = TempDir::new().expect("a folder");
    let terminal =
        Launch::new(env!("CARGO_BIN_EXE_golive")).arg("demo").home(home.path()).size(120, 40).start();
    let mut newcomer = Newcomer { terminal, pressed: 0 };
    newcomer.press("open");
    newcomer.terminal.wait_for_text("11 of 14");
    newcomer.press("tick");
    newcomer.terminal.wait_for_text("12 of 14");
    for done in ["13 of 14", "14 of 14"] {
        newcomer.press("sign");
        // Why it is shut, who must act, and a way there.
        let text = newcomer.terminal.wait_for_text("is not done, so it cannot be signed").text();
        assert!(text.contains("not ticked: "), "{text}");
        newcomer.press("choose");
        newcomer.press("tick");
        newcomer.terminal.wait_for_text(done);
    }
    newcomer.press("sign");
    newcomer.terminal.wait_for_text("stage Go-live signed by");
    newcomer.terminal.wait_for_text("every stage is complete");
    newcomer.press("help");
    newcomer.terminal.wait_for_text("tick or untick the box under the cursor");
}
