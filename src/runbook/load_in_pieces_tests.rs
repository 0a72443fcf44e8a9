use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

const HEAD: &str = "schema = 1\nid = \"x\"\ntitle = \"X\"\nversion = \"1\"\nprovider = \"P\"\n\n[[roles]]\n\
     id = \"dev\"\nname = \"Developer\"\nside = \"merchant\"\n\n[[roles]]\nid = \"lead\"\nname = \"Lead\"\n\
     side = \"provider\"\nlead = true\n";

/// A stage of some items.
fn stage(name: &str, items: usize) -> String {
    let mut text = format!("\n[[stages]]\nid = \"{name}\"\ntitle = \"Stage {name}\"\nsignoff = [\"lead\"]\n");
    for n in 0..items {
        let _ = write!(
            text,
            "\n[[stages.items]]\nid = \"{name}{n}\"\ntitle = \"Item {n} of {name}\"\nowner = \"dev\"\n"
        );
    }
    text
}

/// All that was read, with the places of the items in the order of the file.
fn told(done: (Option<Runbook>, Gathering<'_>)) -> String {
    match loaded(done) {
        Ok(Loaded { runbook, warnings }) => {
            let places: Vec<_> = runbook.items().map(|(_, item)| runbook.place(item.id.as_str())).collect();
            let Runbook { id, digest, roles, checks, .. } = &runbook;
            let stages = runbook.stages();
            format!("Ok {id:?} {digest:?} {roles:?} {checks:?} {stages:?} {places:?} {warnings:?}")
        }
        Err(faults) => format!("{faults:?}"),
    }
}

/// What a text comes to in one and, unless that is left to the former, in pieces.
fn both(text: &str, size: usize) -> (String, Option<String>) {
    let one = told(in_one("x.toml", text.as_bytes(), None));
    (one, in_pieces("x.toml", text.as_bytes(), None, size).map(told))
}

/// It is read in pieces, and says the same.
fn same(text: &str) -> String {
    let (one, pieces) = both(text, 150);
    assert_eq!(pieces.expect("it is read in pieces"), one);
    one
}

/// It is left to whoever reads it in one.
fn in_one_only(text: &str) {
    let (one, pieces) = both(text, 150);
    assert!(pieces.is_none(), "{one}\n{pieces:?}");
}

#[test]
fn a_list_of_items_comes_to_the_same_in_pieces() {
    let told = same(&format!("{HEAD}{}", stage("a", 40)));
    assert!(told.starts_with("Ok "), "{told}");
    assert!(told.contains("a39"), "{told}");
    let many = format!("{HEAD}{}{}{}", stage("a", 30), stage("b", 1), stage("c", 30));
    assert!(same(&many).starts_with("Ok "));
    assert!(same(&many.replace('\n', "\r\n")).starts_with("Ok "));
}

#[test]
fn every_fault_is_found_at_its_place_in_whichever_piece_it_is() {
    let text = format!("{HEAD}{}{}", stage("a", 40), stage("b", 40));
    for (before, after) in [
        ("id = \"a35\"", "id = \"a3\""),
        ("id = \"b39\"", "id = \"a0\""),
        ("Item 30 of a", "Item 2 of a"),
        ("id = \"a31\"\n", "id = \"a31\"\nwhat = 1\n"),
        ("id = \"a31\"\n", "id = \"a31\"\ncheck = { use = \"none\", mode = \"auto\" }\n"),
        ("id = \"a31\"\n", "id = \"a31\"\nhint = 7\nparts = [3, { ib = \"x\" }]\nowner2 = { al = [] }\n"),
        ("id = \"b31\"\n", "id = \"b31\"\nreconfirms = \"a30\"\n"),
        ("id = \"a31\"\n", "id = \"a31\"\nreconfirms = \"b30\"\n"),
        ("title = \"Item 33 of b\"\n", ""),
        ("id = \"b33\"\ntitle = \"Item 33 of b\"\nowner = \"dev\"", "id = \"b 33\"\nowner = \"nobody\""),
    ] {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        same(&text.replace(before, after));
    }
}

#[test]
fn what_only_looks_like_a_header_is_none() {
    let items = stage("a", 30);
    for quotes in ["\"\"\"", "'''"] {
        for at in ["id = \"a0\"\n", "id = \"a1\"\n", "id = \"a15\"\n", "id = \"a29\"\n"] {
            // From here to the end of the file, to the next stage, and beyond it.
            let opened = items.replace(at, &format!("{at}hint = {quotes}\n"));
            in_one_only(&format!("{HEAD}{opened}"));
            if at != "id = \"a29\"\n" {
                in_one_only(&format!("{HEAD}{opened}\n{quotes}\n{}", stage("b", 30)));
            }
            in_one_only(&format!("{HEAD}{opened}\n[[stages]]\n{quotes}\n{}", stage("b", 2)));
        }
    }
    // A text that ends before the next header, with a header in it, ends a run at most.
    let held = items.replace("id = \"a15\"\n", "id = \"a15\"\nhint = '''\n[[stages.items]]\n'''\n");
    let (one, pieces) = both(&format!("{HEAD}{held}"), 150);
    assert!(one.starts_with("Ok ") && pieces.is_none_or(|told| told == one));
}

#[test]
fn what_does_not_parse_is_left_to_whoever_says_why() {
    let items = stage("a", 30);
    in_one_only(&format!("{HEAD}{}", items.replace("id = \"a20\"", "id = ")));
    in_one_only(&format!("{HEAD}{}", items.replace("id = \"a20\"", "id = \"y\"\nid = \"z\"")));
    in_one_only(&format!("{}{items}", HEAD.replace("schema = 1", "schema = ")));
    // A list that was written as one takes no more.
    let inline = "\n[[stages]]\nid = \"a\"\ntitle = \"A\"\nitems = []\n";
    in_one_only(&format!("{HEAD}{inline}{}", &items[items.find("[[stages.items]]").unwrap()..]));
    in_one_only(&format!("{HEAD}\n[stages]\n{}", &items[items.find("[[stages.items]]").unwrap()..]));
}

#[test]
fn what_belongs_to_the_item_before_it_is_not_cut_off() {
    let items = stage("a", 30);
    for more in ["[stages.items.check]\nuse = \"k\"\n", "[[stages.items.parts]]\nid = \"p\"\ntitle = \"P\"\n"]
    {
        for at in [
            "id = \"a3\"\ntitle = \"Item 3 of a\"\nowner = \"dev\"\n",
            "id = \"a29\"\ntitle = \"Item 29 of a\"\nowner = \"dev\"\n",
        ] {
            assert_eq!(items.matches(at).count(), 1);
            let text = format!("{HEAD}{}", items.replace(at, &format!("{at}{more}")));
            let (one, pieces) = both(&text, 150);
            assert!(pieces.is_none_or(|told| told == one), "{text}");
        }
    }
}

/// Lines that change what the lines after them mean.
const LINES: [&str; 22] = [
    "[[stages.items]]",
    "[[stages]]",
    "  [[stages.items]]  ",
    "[[stages.items]] # x",
    "# [[stages.items]]",
    "\"\"\"",
    "'''",
    "hint = \"\"\"",
    "hint = '''",
    "hint = '''\n[[stages.items]]\n'''",
    "parts = [",
    "]",
    "[stages.items.check]",
    "[[roles]]",
    "[[actions]]",
    "[checks.k]",
    "id = \"a3\"",
    "owner = \"nobody\"",
    "title = \"Item 1 of a\"",
    "optional = true",
    "evidence = { required = 1 }",
    "[[stages.items]]]",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_read_in_pieces_is_what_it_is_in_one(
        size in 40_usize..600,
        lines in prop::collection::vec((0_usize..200, 0..LINES.len()), 0..5),
    ) {
        let text = format!("{HEAD}{}{}{}", stage("a", 14), stage("b", 2), stage("c", 12));
        let mut text: Vec<&str> = text.lines().collect();
        for (at, line) in lines {
            text.insert(at.min(text.len()), LINES[line]);
        }
        let (one, pieces) = both(&text.join("\n"), size);
        if let Some(pieces) = pieces {
            prop_assert_eq!(pieces, one);
        }
    }
}
