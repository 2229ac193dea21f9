//! A run with a failed key, between two servers of different versions.

use super::{Kind, Scene, words};

/// `jobs.toml` has two jobs: `keys` copies so many keys, and the other one, of this name, refuses this hash, because it has
/// a field that expires.
pub fn failing(keys: usize, name: &str, hash: &str) -> Scene {
    let scene = Scene::between(Kind::Redis82, Kind::Redis62);
    scene.source.fill(keys);
    scene.source.run(words!["HSET", hash, "field", "1"]);
    scene.source.run(words!["HEXPIRE", hash, "1000", "FIELDS", "1", "field"]);
    scene.file(
        "jobs.toml",
        &format!(
            "[defaults]\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\nsleep = \"0s\"\n\
             [[job]]\nname = \"keys\"\nmatch = \"key:*\"\n[[job]]\nname = \"{name}\"\nmatch = \"hash:*\"\n"
        ),
    );
    scene
}
