//! From parsed TOML to raw shapes, with every place kept and every fault reported in one pass.
//!
//! serde stops at its first fault, and keeping places with it costs a second value for every first; the
//! parser's own table has both for nothing. A shape lists its keys once ([`shape!`]), and from that come
//! the struct, its reader, and what is suggested for a key that it does not know.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::fault::{Draft, Gathering, Span};
use super::suggest;

/// A parsed value with its place.
pub(crate) type Node<'a> = Spanned<DeValue<'a>>;

/// A text with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: Span,
}

/// A whole number that is not negative, with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) count: u64,
    pub(crate) at: Span,
}

/// A truth value with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag {
    pub(crate) set: bool,
    pub(crate) at: Span,
}

/// What can be read from a value. `None` means that the fault is reported.
pub(crate) trait Read<'a>: Sized {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self>;
}

/// A table with known keys.
pub(crate) trait Shape<'a>: Default {
    /// The keys, for suggestions.
    const KEYS: &'static [&'static str];
    /// Reads one entry; `false` when the key is not one of this shape.
    fn take(&mut self, key: &str, node: &'a Node<'a>, out: &mut Gathering<'_>) -> bool;
    /// Tells where the table stands.
    fn place(&mut self, at: Span);
}

/// Declares a raw shape: every key optional, as it is for the resolver to say what is missing.
macro_rules! shape {
    ($(#[$doc:meta])* struct $name:ident { $($key:literal => $field:ident: $kind:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name<'a> {
            /// The header of the table.
            pub(super) at: $crate::runbook::fault::Span,
            /// Whether a value could not be read, so that it is not reported as missing as well.
            pub(super) broken: bool,
            $(pub(super) $field: Option<$kind>,)+
            /// A shape of numbers alone borrows nothing.
            borrowed: std::marker::PhantomData<&'a ()>,
        }

        impl<'a> $crate::runbook::read::Shape<'a> for $name<'a> {
            const KEYS: &'static [&'static str] = &[$($key),+];

            fn take(
                &mut self,
                key: &str,
                node: &'a $crate::runbook::read::Node<'a>,
                out: &mut $crate::runbook::fault::Gathering<'_>,
            ) -> bool {
                match key {
                    $($key => {
                        self.$field = $crate::runbook::read::Read::read(node, out);
                        self.broken |= self.$field.is_none();
                    })+
                    _ => return false,
                }
                true
            }

            fn place(&mut self, at: $crate::runbook::fault::Span) {
                self.at = at;
            }
        }

        impl<'a> $crate::runbook::read::Read<'a> for $name<'a> {
            fn read(
                node: &'a $crate::runbook::read::Node<'a>,
                out: &mut $crate::runbook::fault::Gathering<'_>,
            ) -> Option<Self> {
                $crate::runbook::read::table(node, out)
            }
        }
    };
}
pub(crate) use shape;

/// Where a value stands.
pub(crate) fn place(node: &Node<'_>, out: &Gathering<'_>) -> Span {
    out.at(node.span())
}

/// Where a value stands in a file that is read in one piece.
pub(crate) fn spot(node: &Node<'_>) -> Span {
    node.span().into()
}

/// What a value is called when it is not what was expected.
fn kind(node: &Node<'_>) -> &'static str {
    match node.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Reports that a value is of the wrong kind.
pub(crate) fn wrong(node: &Node<'_>, expected: &str, out: &mut Gathering<'_>) {
    out.push(Draft::error(place(node, out), format!("{expected} is expected here, not {}", kind(node))));
}

/// The entries of a table.
pub(crate) fn as_table<'a>(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<&'a DeTable<'a>> {
    let DeValue::Table(table) = node.get_ref() else {
        wrong(node, "a table", out);
        return None;
    };
    Some(table)
}

/// The elements of a list.
pub(crate) fn as_list<'a>(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<&'a DeArray<'a>> {
    let DeValue::Array(list) = node.get_ref() else {
        wrong(node, "a list", out);
        return None;
    };
    Some(list)
}

/// Reads a table of one shape; keys that it does not know are reported.
pub(crate) fn table<'a, S: Shape<'a>>(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<S> {
    Some(entries(as_table(node, out)?, place(node, out), out))
}

/// Reads the entries of a table of one shape.
pub(crate) fn entries<'a, S: Shape<'a>>(table: &'a DeTable<'a>, at: Span, out: &mut Gathering<'_>) -> S {
    let mut shape = S::default();
    shape.place(at);
    for (key, value) in table {
        if !shape.take(key.get_ref(), value, out) {
            unknown_key(out.at(key.span()), key.get_ref(), &[S::KEYS], out);
        }
    }
    shape
}

/// Reads a table whose keys belong to one of two shapes, such as what all checks have and what one kind
/// of check has.
pub(crate) fn two_shapes<'a, S: Shape<'a>, T: Shape<'a>>(
    table: &'a DeTable<'a>,
    at: Span,
    out: &mut Gathering<'_>,
) -> (S, T) {
    let (mut first, mut second) = (S::default(), T::default());
    first.place(at);
    second.place(at);
    for (key, value) in table {
        let name = key.get_ref();
        if !first.take(name, value, out) && !second.take(name, value, out) {
            unknown_key(out.at(key.span()), name, &[S::KEYS, T::KEYS], out);
        }
    }
    (first, second)
}

fn unknown_key(at: Span, key: &str, known: &[&[&str]], out: &mut Gathering<'_>) {
    let known = || known.iter().flat_map(|keys| keys.iter().copied());
    let hint = suggest::hint(key, known, out);
    out.push(Draft::error(at, format!("there is no key '{key}' here")).maybe_hint(hint));
}

impl<'a> Read<'a> for Text<'a> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            wrong(node, "a text", out);
            return None;
        };
        Some(Self { text, at: place(node, out) })
    }
}

impl<'a> Read<'a> for Flag {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        let DeValue::Boolean(set) = node.get_ref() else {
            wrong(node, "true or false", out);
            return None;
        };
        Some(Self { set: *set, at: place(node, out) })
    }
}

impl<'a> Read<'a> for Count {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        let count = match node.get_ref() {
            DeValue::Integer(n) => u64::from_str_radix(n.as_str(), n.radix()).ok(),
            _ => None,
        };
        if count.is_none() {
            wrong(node, "a whole number from 0 on", out);
        }
        Some(Self { count: count?, at: place(node, out) })
    }
}

/// A value as it was parsed, for what is read later.
impl<'a> Read<'a> for &'a Node<'a> {
    fn read(node: &'a Node<'a>, _out: &mut Gathering<'_>) -> Option<Self> {
        Some(node)
    }
}

impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        Some(as_list(node, out)?.iter().filter_map(|element| T::read(element, out)).collect())
    }
}

/// A table with keys of the author's own, in the order of the file.
#[derive(Debug)]
pub(crate) struct Named<'a, T>(pub(crate) Vec<(Text<'a>, T)>);

impl<'a, T: Read<'a>> Read<'a> for Named<'a, T> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        let mut pairs: Vec<_> = as_table(node, out)?
            .iter()
            .filter_map(|(key, value)| {
                let name = Text { text: key.get_ref(), at: out.at(key.span()) };
                Some((name, T::read(value, out)?))
            })
            .collect();
        // The parser sorts by key; authors expect their own order.
        pairs.sort_by_key(|(name, _)| name.at.start);
        Some(Self(pairs))
    }
}
