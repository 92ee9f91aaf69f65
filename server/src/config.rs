//! How to serve: the options, by flag and by environment.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use clap::{Parser, ValueEnum};
use ipnet::IpNet;

/// How to serve.
#[derive(Clone, Debug, Parser)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one, which is then printed.
    #[arg(long, env = "PARLANCE_ADDR", default_value = "127.0.0.1:8000", global = true)]
    pub addr: SocketAddr,

    /// Where the database and the signing key live, unless they are in PostgreSQL. Made if it is missing. Each server
    /// needs one of its own.
    #[arg(long, env = "PARLANCE_DATA_DIR", default_value = "./data", value_name = "DIR", global = true)]
    pub data_dir: PathBuf,

    /// Keep everything in this PostgreSQL database instead of a file in the data directory, such as
    /// `postgres://user:password@host:5432/name`, with `?sslmode=verify-full&sslrootcert=FILE` if it is across a
    /// network. Better given by the environment: other users of this machine
    /// may see a program's options.
    #[arg(long, env = "PARLANCE_DATABASE", value_name = "URL", hide_env_values = true, global = true)]
    pub database: Option<DatabaseUrl>,

    /// Be one of several servers that are one chat: they use one PostgreSQL database (`--database`) and tell each
    /// other over this Redis or Valkey what happens, such as `redis://:password@host:6379`. Better given by the
    /// environment, as the database.
    #[arg(long, env = "PARLANCE_REDIS", value_name = "URL", hide_env_values = true, requires = "database")]
    pub redis: Option<RedisUrl>,

    /// What to log: error, warn, info, debug, trace, or a filter such as `info,parlance=debug`.
    #[arg(long, env = "PARLANCE_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,

    /// Whether to limit how often one may log in and send. Off is for benchmarks.
    #[arg(long, env = "PARLANCE_RATE_LIMIT", default_value = "on", value_name = "WHEN")]
    pub rate_limit: Switch,

    /// How long a token is accepted.
    #[arg(long, env = "PARLANCE_TOKEN_TTL", default_value = "24h", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub token_ttl: Duration,

    /// How long somebody stays logged in at most, whatever they do. After a month in which they did
    /// not come it is over in any case.
    #[arg(long, env = "PARLANCE_SESSION_TTL", default_value = "30d", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub session_ttl: Duration,

    /// How long somebody may be gone before the others are told.
    #[arg(long, env = "PARLANCE_PRESENCE_GRACE", default_value = "5s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub presence_grace: Duration,

    /// Serve https: a file with the certificate, and those that it was signed by, as PEM. Behind a
    /// proxy it is the proxy's.
    #[arg(long, env = "PARLANCE_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The file with the certificate's key, as PEM.
    #[arg(long, env = "PARLANCE_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Serve `/metrics` for Prometheus at this address as well, such as `127.0.0.1:9464`. It tells how many
    /// people there are and what they do: only those who look after the server should reach it.
    #[arg(long, env = "PARLANCE_METRICS", value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,

    /// Send traces to this address, such as `http://127.0.0.1:4318`, by OTLP over HTTP: what was done for each event and
    /// request, and how long it took.
    #[cfg(feature = "opentelemetry")]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", hide_env_values = true)]
    pub otlp: Option<OtlpUrl>,

    /// A proxy in front of the server, by address or network, such as `10.0.0.0/8`: what it says of
    /// where a request comes from (`X-Forwarded-For`, `Forwarded`) is believed. May be given several
    /// times.
    #[arg(long, env = "PARLANCE_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORK")]
    pub trusted_proxies: Vec<Network>,

    /// An origin besides the server's own whose pages may use it, such as `https://chat.example`.
    /// May be given several times.
    #[arg(long, env = "PARLANCE_ALLOW_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    pub allow_origin: Vec<Origin>,
}

/// The address of a PostgreSQL database. `Debug` does not show it, because there may be a password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// The address of a Redis or Valkey server. `Debug` does not show it, because there may be a password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(…)")
    }
}

/// The address of what collects traces. `Debug` does not show it, because there may be a password in it.
#[cfg(feature = "opentelemetry")]
#[derive(Clone, PartialEq, Eq)]
pub struct OtlpUrl(String);

#[cfg(feature = "opentelemetry")]
impl OtlpUrl {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "opentelemetry")]
impl fmt::Debug for OtlpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtlpUrl(…)")
    }
}

/// It is looked at when it is used: clap would show one that is wrong.
#[cfg(feature = "opentelemetry")]
impl FromStr for OtlpUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// It is looked at when it is used: clap would show one that is wrong.
impl FromStr for RedisUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// It is looked at when it is used: clap would show one that is wrong.
impl FromStr for DatabaseUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// A network: one address, or all addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        // A socket that takes both families shows an IPv4 address as an IPv6 one, and so it may have been copied.
        let one = || text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        text.parse()
            .or_else(|_| one())
            .map(Self)
            .map_err(|_| format!("{text} is no address such as 127.0.0.1 and no network such as 10.0.0.0/8"))
    }
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// A page's origin: scheme, host and, where it is not the scheme's usual one, port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let uri: axum::http::Uri = text.parse().map_err(|_| format!("{text} is not an origin"))?;
        let wrong = || "an origin looks like https://chat.example or http://localhost:3000".to_owned();
        let (scheme, usual) = match uri.scheme_str() {
            Some("http") => ("http", 80),
            Some("https") => ("https", 443),
            _ => return Err(wrong()),
        };
        let authority =
            uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(wrong)?;
        let port =
            match authority.as_str().strip_prefix(authority.host()).and_then(|port| port.strip_prefix(':')) {
                None => None,
                Some(port) => Some(port.parse().map_err(|_| wrong())?).filter(|port: &u16| *port != usual),
            };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong());
        }
        // Browsers write no port that is the scheme's usual one.
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{scheme}://{}{port}", authority.host().to_ascii_lowercase())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_need_no_option() {
        let config = Config::parse_from(["parlance"]);
        assert_eq!(config.addr.to_string(), "127.0.0.1:8000");
        assert_eq!(config.token_ttl, Duration::from_secs(24 * 60 * 60));
        assert_eq!(config.session_ttl, Duration::from_secs(30 * 24 * 60 * 60));
        assert_eq!(config.rate_limit, Switch::On);
        assert!(config.allow_origin.is_empty());
        assert_eq!(config.database, None);
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let config = Config::parse_from(["parlance", "--trusted-proxies", "10.0.0.0/8, ::1"]);
        let trusts =
            |text: &str| config.trusted_proxies.iter().any(|one| one.contains(text.parse().unwrap()));
        let copied = Config::parse_from(["parlance", "--trusted-proxies", "::ffff:192.0.2.1"]);
        assert!(copied.trusted_proxies[0].contains("192.0.2.1".parse().unwrap()));
        assert!(trusts("10.1.2.3") && trusts("::1"));
        assert!(!trusts("11.1.2.3") && !trusts("::2"));
        assert!(Config::try_parse_from(["parlance", "--trusted-proxies", "everybody"]).is_err());
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        assert_eq!("https://Chat.example/".parse::<Origin>().unwrap().as_str(), "https://chat.example");
        for (written, origin) in [
            ("https://chat.example:443", "https://chat.example"),
            (" https://chat.example", "https://chat.example"),
            ("http://chat.example:80/", "http://chat.example"),
            ("https://chat.example:80", "https://chat.example:80"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(written.parse::<Origin>().unwrap().as_str(), origin);
        }
        for bad in [
            "*",
            "chat.example",
            "https://chat.example/page",
            "https://chat.example/?x",
            "https://chat.example:x",
            "https://chat.example:65536",
            "https://ann@chat.example",
            "file:///x",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
