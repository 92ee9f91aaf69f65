//! What is given to those who run it in containers agrees with the program. There is no Docker here: what the files
//! mean to it is not tested.

use std::{collections::HashSet, fs, path::Path};

use clap::{CommandFactory, Parser};
use parlance::Options;
use yaml_rust2::{Yaml, YamlLoader};

fn deploy(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The environment variables that are options.
fn variables() -> HashSet<String> {
    let command = Options::command();
    command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_str()?.to_owned())).collect()
}

/// The rest of each line of the Dockerfile that begins with this word.
fn instructions<'a>(dockerfile: &'a str, word: &str) -> Vec<&'a str> {
    dockerfile.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' ')).collect()
}

#[test]
fn the_dockerfile_agrees_with_the_program() {
    let dockerfile = deploy("docker/Dockerfile");
    let environment: Vec<_> = instructions(&dockerfile, "ENV")[0].split(' ').collect();
    let known = variables();
    for pair in &environment {
        assert!(known.contains(pair.split_once('=').unwrap().0), "{pair}");
    }
    let port = instructions(&dockerfile, "EXPOSE")[0];
    assert!(environment.contains(&&*format!("PARLANCE_ADDR=0.0.0.0:{port}")));
    let volume = instructions(&dockerfile, "VOLUME")[0];
    assert!(environment.contains(&&*format!("PARLANCE_DATA_DIR={volume}")));
    assert!(instructions(&dockerfile, "COPY").iter().any(|copy| copy.ends_with(&format!(" data {volume}"))));
    let program = "parlance /parlance";
    assert!(instructions(&dockerfile, "COPY").contains(&program));
    assert_eq!(instructions(&dockerfile, "ENTRYPOINT"), [r#"["/parlance"]"#]);
    let asks = instructions(&dockerfile, "HEALTHCHECK")[0].split_once("CMD ").unwrap().1;
    let asks: Vec<String> = serde_json::from_str(asks).unwrap();
    assert_eq!(asks[0], "/parlance");
    assert!(matches!(Options::parse_from(asks).command, Some(parlance::Command::Healthy)));
    assert_ne!(instructions(&dockerfile, "USER")[0].split(':').next(), Some("0"));
}

#[test]
fn the_compose_file_agrees_with_the_program_and_with_nginx() {
    let compose = YamlLoader::load_from_str(&deploy("docker/compose.yaml")).unwrap().remove(0);
    let nginx = deploy("proxy/nginx.conf");
    let known = variables();
    let options = compose["x-node"]["environment"].as_hash().unwrap();
    for name in options.keys() {
        assert!(known.contains(name.as_str().unwrap()), "{name:?}");
    }
    let text = |name: &str| options[&Yaml::String(name.to_owned())].as_str().unwrap();
    let services = &compose["services"];
    assert!(text("PARLANCE_DATABASE").contains("@postgresql:5432/parlance?"));
    assert_eq!(services["postgresql"]["environment"]["POSTGRES_DB"].as_str(), Some("parlance"));
    assert_eq!(text("PARLANCE_REDIS"), "redis://redis:6379");
    assert!(!services["redis"].is_badvalue());

    let address = |service: &str| {
        services[service]["networks"]["parlance"]["ipv4_address"].as_str().unwrap().to_owned()
    };
    let network: ipnet::Ipv4Net =
        compose["networks"]["parlance"]["ipam"]["config"][0]["subnet"].as_str().unwrap().parse().unwrap();
    assert_eq!(text("PARLANCE_TRUSTED_PROXIES"), address("proxy"));
    let mut nodes = HashSet::new();
    for (name, service) in services.as_hash().unwrap() {
        let name = name.as_str().unwrap();
        if name.starts_with("node") {
            assert!(network.contains(&address(name).parse::<std::net::Ipv4Addr>().unwrap()));
            nodes.insert(format!("{}:8000", address(name)));
            let volume = service["volumes"][0].as_str().unwrap();
            assert_eq!(volume, format!("{name}:/data"), "a data directory of its own");
            assert!(!compose["volumes"].as_hash().unwrap()[&Yaml::String(name.to_owned())].is_badvalue());
        }
    }
    let served = nginx.lines().filter_map(|line| line.trim().strip_prefix("server ")?.split(' ').next());
    let served: HashSet<String> = served.filter(|line| *line != "{").map(str::to_owned).collect();
    assert_eq!(nodes, served);

    let mounted = services["proxy"]["volumes"][0].as_str().unwrap();
    assert_eq!(deploy(&format!("docker/{}", mounted.split(':').next().unwrap())), nginx);
    let inside = services["proxy"]["ports"][0].as_str().unwrap().split_once(':').unwrap().1;
    assert!(nginx.contains(&format!("listen {inside};")));
}
