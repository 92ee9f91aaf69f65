//! A disk and a clock for native programs on tokio.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{FutureExt as _, future::LocalBoxFuture};
use protocol::ClientId;

use crate::{
    environment::{Clock, Disk},
    outbox::Unsent,
};

/// A folder with one file for each unsent message of one person.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Opens a folder, and makes it if there is none.
    ///
    /// # Errors
    /// Why there can be none.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn write(&self, unsent: &Unsent) -> io::Result<()> {
        // Under another name first, so that no half of a message is ever read.
        let new = self.0.join("new");
        let mut file = File::create(&new)?;
        serde_json::to_writer(&mut file, unsent)?;
        file.sync_all()?;
        fs::rename(new, self.file(&unsent.client_id))?;
        File::open(&self.0)?.sync_all()
    }

    fn file(&self, client_id: &ClientId) -> PathBuf {
        // A `clientId` may have any character in it, and a file name may not.
        let name: String = client_id.as_ref().bytes().map(|byte| format!("{byte:02x}")).collect();
        self.0.join(name).with_extension("json")
    }
}

impl Disk for Folder {
    fn keep(&self, unsent: &Unsent) -> LocalBoxFuture<'static, bool> {
        let kept = self.write(unsent).is_ok();
        async move { kept }.boxed_local()
    }

    fn forget(&self, client_id: &ClientId) -> LocalBoxFuture<'static, ()> {
        // A file that stays is sent again under the same id, which has no effect.
        let _ = fs::remove_file(self.file(client_id));
        async {}.boxed_local()
    }

    fn read(&self) -> LocalBoxFuture<'static, Vec<Unsent>> {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let stored = files.filter_map(|file| read(&file.path())).collect();
        async { stored }.boxed_local()
    }
}

fn read(file: &Path) -> Option<Unsent> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// Tokio's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        tokio::time::sleep(duration).boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ConversationId, Timestamp, UserId};

    use super::*;
    use crate::outbox::Outbox;

    #[tokio::test]
    async fn what_is_kept_is_there_for_the_next_program_until_it_is_forgotten() {
        let path = std::env::temp_dir().join(format!("parlance-outbox-{}", std::process::id()));
        let folder = Folder::open(&path).unwrap();
        let mut outbox = Outbox::default();
        let ben = ConversationId::User(UserId::from_bytes([2; 16]));
        // Two ids that a file system might take for one, or for a path.
        let command = crate::Command::Send { content: "hi".parse().unwrap(), reply_to: None };
        for id in ["../a", "../A"] {
            let unsent = outbox.add(id.parse().unwrap(), ben, command.clone(), Timestamp(1));
            assert!(Disk::keep(&folder, &unsent).await);
        }
        let next = Folder::open(&path).unwrap();
        let mut stored = next.read().await;
        stored.sort_by_key(|unsent| unsent.order);
        assert_eq!(stored.iter().map(|one| one.client_id.as_ref()).collect::<Vec<_>>(), ["../a", "../A"]);
        for unsent in stored {
            next.forget(&unsent.client_id).await;
        }
        assert!(folder.read().await.is_empty());
        fs::remove_dir_all(path).unwrap();
    }
}
