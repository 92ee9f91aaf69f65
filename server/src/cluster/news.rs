//! What servers tell each other, and the frames in which they do.
//!
//! A frame is one Redis message: a line that says who speaks, the number of its first news and how many there are, then
//! one line of JSON for each. Every server numbers its news, so that those who listen know when they missed some.

use protocol::UserId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{delivery::Audience, domain_event::DomainEvent, ids::NodeId, limit::Spent};

/// One thing that a server tells the others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum News {
    /// Said every second, so that everybody knows who is heard.
    Alive,
    /// What a write changed.
    Committed(DomainEvent),
    /// What is told at once or never.
    Volatile { to: Audience, event: String, payload: Box<RawValue> },
    /// People connected to this server, who were not before.
    Came(Vec<UserId>),
    /// Their last connection to this server is gone.
    Went(Vec<UserId>),
    /// Everybody who is connected to this server, in parts.
    Here { part: Vec<UserId>, is_last: bool },
    /// The others are to say who is connected to them, and who has many sockets there.
    Who,
    /// What was used up of the limits, and who has how many sockets.
    Spent(Spent),
    /// The server stops.
    Bye,
}

/// Some news of one server.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) from: NodeId,
    /// The number of the first.
    pub(super) first: u64,
    pub(super) count: u64,
    lines: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Writes a frame of news that are lines already.
    pub(super) fn write(from: NodeId, first: u64, lines: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = format!("{from} {first} {}", lines.len()).into_bytes();
        for line in lines {
            bytes.push(b'\n');
            bytes.extend_from_slice(line);
        }
        bytes
    }

    /// Reads the first line. The rest is looked at by [`news`](Self::news): nobody reads their own.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, lines) = match bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) => (&bytes[..end], &bytes[end + 1..]),
            None => (bytes, &[][..]),
        };
        let mut words = str::from_utf8(head).ok()?.split(' ');
        let from = NodeId::parse(words.next()?)?;
        let [first, count] = [words.next()?, words.next()?].map(str::parse);
        words.next().is_none().then_some(Self { from, first: first.ok()?, count: count.ok()?, lines })
    }

    /// What it says. A line is an error if it is of a later version that says more.
    pub(super) fn news(&self) -> impl Iterator<Item = serde_json::Result<News>> {
        let lines = self.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(serde_json::from_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(news: &News) -> Vec<u8> {
        serde_json::to_vec(news).unwrap()
    }

    #[test]
    fn a_frame_comes_back_as_it_was_written() {
        let ann = UserId::from_bytes([1; 16]);
        let me = NodeId(0xab);
        let bytes = Frame::write(me, 7, &[line(&News::Alive), line(&News::Came(vec![ann]))]);
        let frame = Frame::read(&bytes).unwrap();
        assert_eq!((frame.from, frame.first, frame.count), (me, 7, 2));
        let news: Vec<News> = frame.news().map(Result::unwrap).collect();
        assert!(matches!(&news[..], [News::Alive, News::Came(users)] if *users == [ann]));
    }

    #[test]
    fn what_a_later_version_says_is_an_error_of_one_line() {
        let bytes = Frame::write(NodeId(1), 1, &[br#"{"sung":"la"}"#.to_vec(), line(&News::Bye)]);
        let news: Vec<_> = Frame::read(&bytes).unwrap().news().collect();
        assert!(matches!(&news[..], [Err(_), Ok(News::Bye)]));
    }

    #[test]
    fn what_is_no_frame_is_not_read() {
        for bad in ["", "hello", "00ab 1", "00ab x 1", "00ab 1 1 1", "zz 1 1\n\"alive\""] {
            assert!(Frame::read(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn sockets_are_known_to_their_own_server_alone() {
        let to = Audience::Sockets(vec![]);
        assert!(serde_json::to_vec(&to).is_err());
    }
}
