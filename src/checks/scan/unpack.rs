//! What a file holds: unpacked if it is a packed log, as ASCII if it is UTF-16.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};

use flate2::bufread::GzDecoder;

use super::stream::{Stop, fill};

/// How much of the beginning tells what a file is, in bytes.
const HEAD: usize = 64;
/// How gzip begins.
const GZIP: &[u8] = b"\x1f\x8b";
/// Why something else that is packed is not looked into.
const PACKED: &str = "is packed in a way that cannot be looked into";

/// How what is packed in other ways begins.
const OTHERS: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x07\x08",
    // zstd, xz, lzma, lzip, lzop
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0",
    b"]\0\0",
    b"LZIP",
    b"\x89LZO\0",
    // lz4, its older form, snappy
    b"\x04\x22\x4d\x18",
    b"\x02\x21\x4c\x18",
    b"\xff\x06\0\0sNaPpY",
    // 7z, rar, cab
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"MSCF\0\0\0\0",
    // compress, pack
    b"\x1f\x9d",
    b"\x1f\x1e",
];

/// What is in a file, as bytes that can be looked through.
pub(super) fn unpacked(file: File, stop: &Stop) -> Result<Box<dyn Read>, &'static str> {
    let file = Begun::new(file, stop);
    if !file.head().starts_with(GZIP) {
        return plain(file);
    }
    let inside = Begun::new(Members::new(file), stop);
    // One wrapping is a packed log; more of them have no end.
    if inside.head().starts_with(GZIP) { Err(PACKED) } else { plain(inside) }
}

fn plain<R: Read + 'static>(stream: Begun<R>) -> Result<Box<dyn Read>, &'static str> {
    let head = stream.head();
    let bzip = matches!(head, [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..]);
    if bzip || OTHERS.iter().any(|other| head.starts_with(other)) {
        return Err(PACKED);
    }
    Ok(if is_wide(head) { Box::new(WithoutZeros(stream.without_mark())) } else { Box::new(stream) })
}

/// A stream whose beginning has been looked at, which is given all the same; and then what broke it, if
/// anything did.
struct Begun<R> {
    head: Cursor<Vec<u8>>,
    fault: Option<io::Error>,
    rest: R,
}

impl<R: Read> Begun<R> {
    fn new(mut stream: R, stop: &Stop) -> Self {
        let mut head = vec![0; HEAD];
        let (length, fault) = fill(&mut stream, &mut head, stop);
        head.truncate(length);
        Self { head: Cursor::new(head), fault, rest: stream }
    }

    fn head(&self) -> &[u8] {
        self.head.get_ref()
    }

    /// Without the mark of its byte order.
    fn without_mark(mut self) -> Self {
        if is_marked(self.head()) {
            self.head.set_position(2);
        }
        self
    }
}

impl<R: Read> Read for Begun<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => self.fault.take().map_or_else(|| self.rest.read(buffer), Err),
            read => Ok(read),
        }
    }
}

fn is_marked(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// Whether a text is UTF-16: it says so, or every other byte is zero, which in a text of ASCII letters they
/// are from the first on.
pub(super) fn is_wide(head: &[u8]) -> bool {
    if is_marked(head) {
        return true;
    }
    let (pairs, _) = head[..head.len().min(HEAD)].as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    pairs.len() >= 4 && first.min(second) == 0 && first.max(second) * 4 >= pairs.len() * 3
}

/// UTF-16 as ASCII: everything that is looked for is ASCII, and every other byte of it is zero.
pub(super) struct WithoutZeros<R>(pub(super) R);

impl<R: Read> Read for WithoutZeros<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        let mut kept = 0;
        for at in 0..read {
            if buffer[at] != 0 {
                buffer[kept] = buffer[at];
                kept += 1;
            }
        }
        // Nothing but zeros is no end yet; whoever reads may stop here.
        if kept == 0 && read > 0 { Err(ErrorKind::Interrupted.into()) } else { Ok(kept) }
    }
}

/// The members of a gzip file one after the other, up to its end. Zeros between and behind them are none:
/// tapes and disks fill up with them.
enum Members<R> {
    In(GzDecoder<BufReader<R>>),
    Between(BufReader<R>),
    Nothing,
}

impl<R: Read> Members<R> {
    fn new(stream: R) -> Self {
        Self::In(GzDecoder::new(BufReader::new(stream)))
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match std::mem::replace(self, Self::Nothing) {
            Self::In(mut member) => {
                let read = member.read(buffer);
                *self =
                    if matches!(read, Ok(0)) { Self::Between(member.into_inner()) } else { Self::In(member) };
                match read {
                    Ok(0) => Err(ErrorKind::Interrupted.into()),
                    read => read,
                }
            }
            Self::Between(mut rest) => {
                let bytes = rest.fill_buf()?;
                let zeros = bytes.iter().take_while(|b| **b == 0).count();
                match bytes.len() {
                    0 => return Ok(0),
                    n if n == zeros => {
                        rest.consume(zeros);
                        *self = Self::Between(rest);
                    }
                    _ => {
                        rest.consume(zeros);
                        *self = Self::In(GzDecoder::new(rest));
                    }
                }
                Err(ErrorKind::Interrupted.into())
            }
            Self::Nothing => Ok(0),
        }
    }
}
