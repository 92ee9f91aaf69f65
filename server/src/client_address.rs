//! Where a request comes from. Only the proxies that the server's owner named are believed; what others write
//! into a header is ignored.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};

use serde::{Deserialize, Serialize};

use crate::config::Network;

/// The address that limits count: an IPv4 address, or the network of an IPv6 address, because one line gets
/// 64 bits of addresses to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    pub(crate) fn of(address: IpAddr) -> Self {
        const NETWORK: u128 = !(u64::MAX as u128);
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        })
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // `find` below has put it there.
        let found = parts.extensions.get::<Self>().copied();
        Ok(found.unwrap_or(Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED))))
    }
}

/// Finds the address once and keeps it with the request.
pub(super) async fn find(
    State(proxies): State<Arc<Vec<Network>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = behind(&proxies, peer.ip(), request.headers());
    request.extensions_mut().insert(ClientAddress::of(address));
    next.run(request).await
}

/// Whether the owner named it.
pub(crate) fn is_proxy(proxies: &[Network], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(address.to_canonical()))
}

/// The nearest address that is not one of the owner's proxies.
fn behind(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !is_proxy(proxies, peer) {
        return peer;
    }
    let nearest = |hops: Vec<Option<IpAddr>>| {
        let mut known = peer;
        for hop in hops.into_iter().rev() {
            // A proxy may hide its client; then the proxy itself is counted.
            let Some(hop) = hop else { break };
            known = hop;
            if !is_proxy(proxies, hop) {
                break;
            }
        }
        known
    };
    let x_forwarded_for = hops(headers, "x-forwarded-for", |hop| Some(hop));
    let forwarded = hops(headers, header::FORWARDED.as_str(), forwarded_for);
    match (x_forwarded_for.is_empty(), forwarded.is_empty()) {
        (true, true) => peer,
        (false, true) => nearest(x_forwarded_for),
        (true, false) => nearest(forwarded),
        // A proxy writes one of these headers; the other may come from its client. It cannot be known here
        // which one is which, unless they agree.
        (false, false) => {
            let (one, other) = (nearest(x_forwarded_for), nearest(forwarded));
            if one == other { one } else { peer }
        }
    }
}

/// Every address that a header names, the nearest one last; none for an entry that is not an address.
fn hops(headers: &HeaderMap, name: &str, read: fn(&str) -> Option<&str>) -> Vec<Option<IpAddr>> {
    let mut hops = Vec::new();
    for line in headers.get_all(name) {
        match line.to_str() {
            // RFC 9110, section 5.6.1: empty elements of a list mean nothing.
            Ok(line) => hops.extend(
                line.split(',')
                    .map(str::trim)
                    .filter(|hop| !hop.is_empty())
                    .map(|hop| read(hop).and_then(address)),
            ),
            Err(_) => hops.push(None),
        }
    }
    hops
}

/// `for=` of one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').filter_map(|pair| pair.trim().split_once('=')).find_map(|(name, value)| {
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`. A proxy may hide the port behind a
/// word of its own, such as `_x` (RFC 7239, section 6).
fn address(text: &str) -> Option<IpAddr> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None if text.matches(':').count() == 1 => text.split_at(text.find(':')?),
        None => (text, ""),
    };
    let is_port =
        |port: &str| port.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let has_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    host.parse().ok().filter(|_| has_port)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn seen(proxies: &[&str], peer: &str, headers: &[(&str, &str)]) -> String {
        let proxies: Vec<Network> = proxies.iter().map(|network| network.parse().unwrap()).collect();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        behind(&proxies, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_the_owners_proxies_may_say_for_whom_they_speak() {
        let claims = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")];
        assert_eq!(seen(&[], "10.0.0.1", &claims), "10.0.0.1");
        assert_eq!(seen(&["10.0.0.2"], "10.0.0.1", &claims), "10.0.0.1");
        for claim in claims {
            assert_eq!(seen(&["10.0.0.0/8"], "10.0.0.1", &[claim]), "192.0.2.7");
            assert_eq!(seen(&["10.0.0.0/8"], "::ffff:10.0.0.1", &[claim]), "192.0.2.7");
        }
    }

    #[test]
    fn what_a_client_wrote_before_the_proxies_is_not_believed() {
        for (claim, expected) in [
            ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
            ("203.0.113.9, 192.0.2.7, 10.0.0.5", "192.0.2.7"),
            ("nonsense, 192.0.2.7", "192.0.2.7"),
            ("192.0.2.7, nonsense", "10.0.0.1"),
            ("unknown", "10.0.0.1"),
            ("10.0.0.7", "10.0.0.7"),
            ("192.0.2.7:4711", "192.0.2.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("", "10.0.0.1"),
            ("192.0.2.7, , 10.0.0.5,", "192.0.2.7"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[2001:db8::1]x", "10.0.0.1"),
            ("192.0.2.7:8:9", "10.0.0.1"),
        ] {
            assert_eq!(seen(&["10.0.0.0/8"], "10.0.0.1", &[("x-forwarded-for", claim)]), expected, "{claim}");
        }
        // The header is in several lines; the proxy's own line is the last.
        let lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(seen(&["10.0.0.1"], "10.0.0.1", &lines), "192.0.2.7");
        // What cannot be read is not nothing: what came before it may be the client's own.
        let proxies = ["10.0.0.1".parse().unwrap()];
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9".parse().unwrap());
        headers.append("x-forwarded-for", axum::http::HeaderValue::from_bytes(b"\xe9, 192.0.2.7").unwrap());
        assert_eq!(behind(&proxies, "10.0.0.1".parse().unwrap(), &headers).to_string(), "10.0.0.1");
        // The proxy writes one header and passes the other on as the client wrote it.
        let both = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=203.0.113.9")];
        assert_eq!(seen(&["10.0.0.1"], "10.0.0.1", &both), "10.0.0.1");
        let agreed = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")];
        assert_eq!(seen(&["10.0.0.1"], "10.0.0.1", &agreed), "192.0.2.7");
    }

    #[test]
    fn the_forms_of_forwarded_are_read() {
        for (claim, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            (r#"For="[2001:db8:cafe::17]:4711""#, "2001:db8:cafe::17"),
            (r#"proto=https; for="192.0.2.60:47011""#, "192.0.2.60"),
            ("for=203.0.113.9, for=192.0.2.60", "192.0.2.60"),
            (r#"for="192.0.2.60:_x1""#, "192.0.2.60"),
            (r#"for="[2001:db8:cafe::17]:_x.y-z""#, "2001:db8:cafe::17"),
            (r#"for=192.0.2.60,, for="10.0.0.1""#, "192.0.2.60"),
            (r#"for="192.0.2.60:""x""#, "10.0.0.1"),
            ("for=_hidden", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(seen(&["10.0.0.1"], "10.0.0.1", &[("forwarded", claim)]), expected, "{claim}");
        }
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let of = |text: &str| ClientAddress::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
