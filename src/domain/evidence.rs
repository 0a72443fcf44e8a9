//! Evidence: what an item asks for, and whether what is attached will do.

use super::event::Author;
use super::ids::MemberName;
use super::pattern::Pattern;
use super::state::{Evidence, ItemState};

/// The most pieces attached to one item. A sign-off of a stage lists them all.
pub const MAX_PIECES: usize = 50;

/// What must be attached to an item before it can be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvidenceRule {
    /// How many pieces at least, of whatever kind.
    pub required: usize,
    /// What counts as evidence, for people.
    pub hint: Option<String>,
    /// What must be among them.
    pub demands: Vec<Demand>,
}

/// Evidence of one kind that must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The kind.
    pub kind: EvidenceKind,
    /// How many pieces of it.
    pub required: usize,
    /// The form of a good reference; of a file, of its name.
    pub pattern: Option<Pattern>,
    /// What counts, for people.
    pub hint: Option<String>,
}

/// What a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Any reference in words.
    Text,
    /// An `http` or `https` address.
    Url,
    /// An id of the provider's, in the form that the runbook gives.
    Id,
    /// A file, kept beside the store.
    File,
}

impl EvidenceKind {
    /// The word in a runbook.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Url => "url",
            Self::Id => "id",
            Self::File => "file",
        }
    }
}

/// A piece of evidence as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text, the link, or the name of the file.
    pub reference: &'a str,
    /// Whether it is a file.
    pub file: bool,
}

impl Piece<'_> {
    /// What it is by itself. Whether a text is an id, only a pattern can say.
    pub fn kind(&self) -> EvidenceKind {
        if self.file {
            EvidenceKind::File
        } else if is_address(self.reference) {
            EvidenceKind::Url
        } else {
            EvidenceKind::Text
        }
    }
}

impl<'a> From<&'a Evidence> for Piece<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self { reference: &evidence.reference, file: evidence.file.is_some() }
    }
}

/// What is still to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// How many pieces.
    pub left: usize,
    /// What they must be, one text for each kind that is missing.
    pub wanted: Vec<String>,
}

impl Demand {
    /// Whether a piece will do.
    pub fn met_by(&self, piece: &Piece<'_>) -> bool {
        let kind = match self.kind {
            EvidenceKind::File => piece.file,
            EvidenceKind::Url => piece.kind() == EvidenceKind::Url,
            EvidenceKind::Text | EvidenceKind::Id => !piece.file,
        };
        kind && self.pattern.as_ref().is_none_or(|p| p.matches(piece.reference))
    }

    /// "a file named like \.pdf$: The report".
    fn wanted(&self, left: usize) -> String {
        let mut said = match self.kind {
            EvidenceKind::Text => "a text".to_owned(),
            EvidenceKind::Url => "a link".to_owned(),
            EvidenceKind::Id => "an id".to_owned(),
            EvidenceKind::File => "a file".to_owned(),
        };
        if left > 1 {
            said = format!("{left} x {said}");
        }
        if let Some(pattern) = &self.pattern {
            said = format!("{said} like {}", pattern.source());
        }
        match &self.hint {
            Some(hint) => format!("{said} ({hint})"),
            None => said,
        }
    }
}

impl EvidenceRule {
    /// How many pieces an item with this rule needs at least.
    pub fn least(&self) -> usize {
        self.required.max(self.demands.iter().map(|d| d.required).sum())
    }

    /// What is missing, if anything is. Each piece meets one demand at most.
    pub fn lacking(&self, pieces: &[Piece<'_>]) -> Option<Lacking> {
        let slots: Vec<usize> =
            self.demands.iter().enumerate().flat_map(|(n, d)| std::iter::repeat_n(n, d.required)).collect();
        let mut taken: Vec<Option<usize>> = vec![None; pieces.len()];
        let mut open = vec![0_usize; self.demands.len()];
        for (slot, demand) in slots.iter().enumerate() {
            if !self.place(slot, &slots, pieces, &mut taken, &mut vec![false; pieces.len()]) {
                open[*demand] += 1;
            }
        }
        let kinds: usize = open.iter().sum();
        let left = kinds.max(self.required.saturating_sub(pieces.len()));
        if left == 0 {
            return None;
        }
        let mut wanted: Vec<String> =
            self.demands.iter().zip(open).filter(|(_, n)| *n > 0).map(|(d, n)| d.wanted(n)).collect();
        if wanted.is_empty() {
            wanted.extend(self.hint.clone());
        }
        Some(Lacking { left, wanted })
    }

    /// Gives a slot a piece, moving others to other pieces if need be. Pieces and slots are few.
    fn place(
        &self,
        slot: usize,
        slots: &[usize],
        pieces: &[Piece<'_>],
        taken: &mut [Option<usize>],
        tried: &mut Vec<bool>,
    ) -> bool {
        for (n, piece) in pieces.iter().enumerate() {
            if tried[n] || !self.demands[slots[slot]].met_by(piece) {
                continue;
            }
            tried[n] = true;
            let free = taken[n].is_none_or(|other| self.place(other, slots, pieces, taken, tried));
            if free {
                taken[n] = Some(slot);
                return true;
            }
        }
        false
    }
}

/// Whether somebody who would sign has attached any of the evidence: by name, and by the key that signs.
/// Who records an approval for another person counts as well.
pub fn wrote_evidence(item: Option<&ItemState>, member: &MemberName, by: &Author) -> bool {
    let wrote = |author: &Author| author.name == *member || author.name == by.name || author.key == by.key;
    item.is_some_and(|i| i.evidence.iter().any(|e| wrote(&e.by)))
}

/// The name under which a file is kept in the log: the last part of whatever path was given, without
/// anything that a terminal, a shell, a program's options or a file system could take for something else.
pub fn file_name(given: &str) -> String {
    const LONGEST: usize = 120;
    let last = given.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    let safe: String = last
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '+' | '(' | ')') { c } else { '_' }
        })
        .take(LONGEST)
        .collect();
    let safe = safe.trim_start_matches([' ', '.', '-']).trim_end();
    if safe.is_empty() { "file".to_owned() } else { safe.to_owned() }
}

/// Whether a text is an address that a browser opens.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(kind: EvidenceKind, required: usize, pattern: Option<&str>) -> Demand {
        Demand { kind, required, pattern: pattern.map(|p| Pattern::new(p).unwrap()), hint: None }
    }

    fn text(reference: &str) -> Piece<'_> {
        Piece { reference, file: false }
    }

    #[test]
    fn the_old_form_counts_pieces_of_any_kind() {
        let rule = EvidenceRule { required: 2, hint: Some("the run".into()), demands: Vec::new() };
        assert_eq!(rule.lacking(&[text("a")]), Some(Lacking { left: 1, wanted: vec!["the run".into()] }));
        assert_eq!(rule.lacking(&[text("a"), Piece { reference: "b", file: true }]), None);
    }

    #[test]
    fn each_piece_meets_one_demand_and_the_best_use_is_found() {
        let id = demand(EvidenceKind::Id, 1, Some("^pay_"));
        let any = demand(EvidenceKind::Text, 1, None);
        let rule = EvidenceRule { demands: vec![any, id], ..EvidenceRule::default() };
        assert_eq!(rule.lacking(&[text("pay_1")]).unwrap().left, 1);
        // Taken in order, the id would go to the text and nothing would be left for the id.
        assert_eq!(rule.lacking(&[text("pay_1"), text("words")]), None);
        assert_eq!(rule.lacking(&[text("words"), text("more")]).unwrap().wanted, ["an id like ^pay_"]);
    }

    #[test]
    fn kinds_are_told_apart() {
        let meets = |kind, piece: Piece<'_>| demand(kind, 1, None).met_by(&piece);
        assert!(meets(EvidenceKind::Url, text("https://ci.example/1")));
        for bad in ["https://", "ftp://x", "https://a b", "ci.example", "https:///x"] {
            assert!(!meets(EvidenceKind::Url, text(bad)), "{bad}");
        }
        assert!(!meets(EvidenceKind::Url, Piece { reference: "https://x", file: true }));
        assert!(!meets(EvidenceKind::File, text("report.pdf")));
        assert!(!meets(EvidenceKind::Text, Piece { reference: "report.pdf", file: true }));
    }

    #[test]
    fn a_file_is_never_trusted_by_its_name() {
        for (given, kept) in [
            ("../../etc/passwd", "passwd"),
            ("a\\b\\c.pdf", "c.pdf"),
            ("..", "file"),
            ("", "file"),
            ("x\u{1b}[2J\n.txt", "x__2J_.txt"),
            (".ssh", "ssh"),
            ("a\u{202e}gpj.exe", "a_gpj.exe"),
            ("dir/", "dir"),
            ("-rf", "rf"),
            (". --output=x.pdf", "output_x.pdf"),
        ] {
            assert_eq!(file_name(given), kept, "{given:?}");
        }
        assert!(file_name(&"x".repeat(4000)).len() <= 120);
    }
}
