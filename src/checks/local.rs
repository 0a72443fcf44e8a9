//! Files of this machine, opened without waiting for anybody.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a file; none when it is no regular one: a pipe or a device, or one that the kernel makes up, whose
/// bytes may never come.
pub fn open(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    // Opening a pipe would wait for a writer; what is a file now may be a pipe when it is opened.
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    if !std::fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let kind = file.metadata()?;
    Ok((kind.is_file() && !made_up(&file)?).then_some((file, kind)))
}

#[cfg(target_os = "linux")]
fn made_up(file: &File) -> io::Result<bool> {
    Ok(rustix::fs::fstatfs(file)?.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn made_up(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_bytes_of_its_own_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(open(&file).unwrap().unwrap().1.len(), 1);
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        for odd in [folder.path(), &pipe, Path::new("/dev/zero")] {
            assert!(open(odd).unwrap().is_none(), "{}", odd.display());
        }
        assert_eq!(open(&folder.path().join("gone")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_the_kernel_makes_up_is_none() {
        assert!(open(Path::new("/proc/self/status")).unwrap().is_none());
    }
}
