//! Puts the page into a release build: every file of dist/, as it is and compressed by brotli and gzip.
//!
//! The list of emojis is one of these files, in every build. Without dist/ there is no other, and the program says how
//! to build the page. A debug build reads dist/ when it runs, so that a change of the page needs no build of the program.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

const INDEX: &str = "index.html";

/// The page's files, by their names.
type Page = BTreeMap<String, Vec<u8>>;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let dist = root.join("../dist");
    let mut page = Page::new();
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        make(&dist);
        println!("cargo::rerun-if-changed={}", dist.display());
        if dist.is_dir() {
            collect(&dist, &dist, &mut page)?;
            page = named_by_contents(page)?;
        }
    }
    page.insert("emojis.txt".to_owned(), emojis().into_bytes());
    let mut list = String::from("&[\n");
    for (number, (name, bytes)) in page.iter().enumerate() {
        let etag = URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..12]);
        // A copy, so that the page may be built anew while the program is compiled.
        let plain = out.join(format!("{number}.plain"));
        fs::write(&plain, bytes)?;
        let brotli = keep(bytes, brotli(bytes)?, out.join(format!("{number}.br")))?;
        let gzip = keep(bytes, gzip(bytes)?, out.join(format!("{number}.gz")))?;
        writeln!(
            list,
            "    PageFile {{ path: {:?}, etag: {etag:?}, bytes: include_bytes!({:?}), brotli: {brotli}, gzip: {gzip} }},",
            format!("/{name}"),
            plain.display().to_string(),
        )
        .map_err(io::Error::other)?;
    }
    list.push(']');
    fs::write(out.join("page.rs"), list)
}

/// Makes the folder if it is not there: cargo takes one that is missing for one that has changed, and would compile the
/// program each time. It is old until trunk puts something into it.
fn make(dist: &Path) {
    if fs::create_dir(dist).is_ok() {
        // If it cannot be set, the program is compiled once more than it must be.
        fs::File::open(dist).and_then(|folder| folder.set_modified(SystemTime::UNIX_EPOCH)).ok();
    }
}

fn collect(dist: &Path, folder: &Path, page: &mut Page) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(dist, &path, page)?;
        } else if !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            let name = path.strip_prefix(dist).unwrap_or(&path).display().to_string();
            page.insert(name, fs::read(&path)?);
        }
    }
    Ok(())
}

/// Gives every file with a hash in its name the hash of its contents. Browsers keep such a file for a year, and trunk's
/// hashes are not those of the contents: of two builds, the same name may have contents that differ, because what
/// minifies them chooses other names for variables. A browser that has the one would refuse it, as the other is what
/// the index says.
fn named_by_contents(page: Page) -> io::Result<Page> {
    let mut index =
        page.get(INDEX).map(|index| String::from_utf8_lossy(index).into_owned()).unwrap_or_default();
    let mut named = Page::new();
    for (name, bytes) in &page {
        let Some(hash) = hash_in(name).filter(|_| name != INDEX) else {
            named.insert(name.clone(), bytes.clone());
            continue;
        };
        let is_named = |(other, text): (&String, &Vec<u8>)| {
            other != INDEX && text.windows(name.len()).any(|part| part == name.as_bytes())
        };
        if page.iter().any(is_named) {
            return Err(io::Error::other(format!("dist/{name} is named in a file that is not {INDEX}")));
        }
        let digest = Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let own = name.replace(hash, &digest);
        index = index.replace(name, &own);
        named.insert(own, bytes.clone());
    }
    if named.contains_key(INDEX) {
        named.insert(INDEX.to_owned(), index.into_bytes());
    }
    Ok(named)
}

/// The hash that trunk put into a file's name: 16 digits, without zeros at the beginning.
fn hash_in(name: &str) -> Option<&str> {
    name.split(|letter: char| !letter.is_ascii_hexdigit()).find(|run| run.len() >= 12)
}

/// All emojis with their names, for who looks for one: read by web/src/emoji/list.rs.
fn emojis() -> String {
    use emojis::Group;
    let mut list = String::new();
    for group in Group::iter() {
        let name = match group {
            Group::SmileysAndEmotion => "Smileys and emotion",
            Group::PeopleAndBody => "People and body",
            Group::AnimalsAndNature => "Animals and nature",
            Group::FoodAndDrink => "Food and drink",
            Group::TravelAndPlaces => "Travel and places",
            Group::Activities => "Activities",
            Group::Objects => "Objects",
            Group::Symbols => "Symbols",
            Group::Flags => "Flags",
        };
        list.push_str(&format!("# {name}\n"));
        for emoji in group.emojis() {
            let codes: Vec<&str> = emoji.shortcodes().collect();
            list.push_str(&format!("{emoji}\t{}\t{}\n", emoji.name(), codes.join(" ")));
        }
    }
    list
}

/// Writes what was compressed to a file, if it became smaller, and says where it is.
fn keep(bytes: &[u8], compressed: Vec<u8>, to: PathBuf) -> io::Result<String> {
    if compressed.len() >= bytes.len() {
        return Ok("None".to_owned());
    }
    fs::write(&to, compressed)?;
    Ok(format!("Some(include_bytes!({:?}))", to.display().to_string()))
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let (buffer, quality, window) = (4096, 11, 22);
    brotli::CompressorWriter::new(&mut compressed, buffer, quality, window).write_all(bytes)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
