//! HTTP by hand.

use std::net::SocketAddr;

use protocol::{ErrorBody, ErrorCode};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::patiently;

/// A request as it is written here: no client corrects it.
pub(crate) async fn request(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // A server that has read enough may answer and close before the rest is written.
    stream.write_all(request.as_bytes()).await.ok();
    let mut answer = Vec::new();
    patiently(stream.read_to_end(&mut answer)).await.ok();
    Answer::parse(&String::from_utf8_lossy(&answer))
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Self { status, headers, body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(one, value)| (one == name).then_some(value.as_str()))
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error in its body, and the status.
    pub(crate) fn refusal(&self) -> (u16, ErrorCode, Option<String>) {
        let mut body: Value = self.json();
        let error: ErrorBody = serde_json::from_value(body["error"].take()).unwrap();
        assert!(error.message.ends_with('.'), "a sentence: {}", error.message);
        assert_eq!(self.header("content-type"), Some("application/json"));
        (self.status, error.code, error.field)
    }

    /// `name=value` of each cookie that it sets.
    pub(crate) fn cookies(&self) -> Vec<String> {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        set.map(|(_, cookie)| cookie.split(';').next().unwrap().to_owned()).collect()
    }

    /// `name=value` of the cookie that it sets.
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.header("set-cookie").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}
