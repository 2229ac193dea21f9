//! No output contains a password, however it is given, and however a server refuses it.

use std::fs;

use crate::support::{Answer, Impostor, Kind, Prepared, Ran, Random, Scene, Server, words};

/// Every kind of character that some text escapes.
const CHARACTERS: [char; 34] = [
    '"', '\'', '%', '@', ':', '/', '?', '#', '&', '=', '+', '\\', '`', '$', '{', '}', '<', '>', ' ', '\t', '\n', '\r',
    '\u{1b}', '\u{7f}', '\u{85}', '\u{202e}', '\u{2028}', '\u{2066}', 'é', '漢', '😀', '*', ',', '|',
];
/// The user that the job names for [`Refusal::Acl`].
const USER: &str = "mover";

/// How a password is given.
#[derive(Clone, Copy, Debug)]
enum Way {
    Key,
    Variable,
    Option,
    Url,
    File,
}

const WAYS: [Way; 5] = [Way::Key, Way::Variable, Way::Option, Way::Url, Way::File];

/// What the server does with it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Refusal {
    /// Another password is right.
    Wrong,
    /// It has no password.
    None,
    /// It has no `AUTH`.
    Renamed,
    /// The user has another password.
    Acl,
    /// It repeats the login in an error.
    Echo,
    /// It accepts the login, and repeats it in the errors to all later commands.
    EchoLater,
    /// The password is right.
    Accepted,
}

const REFUSALS: [Refusal; 7] = [
    Refusal::Wrong,
    Refusal::None,
    Refusal::Renamed,
    Refusal::Acl,
    Refusal::Echo,
    Refusal::EchoLater,
    Refusal::Accepted,
];

/// The commands, and their exit codes if the login is refused.
const COMMANDS: [(&[&str], i32); 10] = [
    (&["run", "job.toml", "--report", "report.json"], 3),
    (&["run", "job.toml", "--report", "report.json", "--log-format", "json"], 3),
    (&["run", "job.toml", "--report-markdown", "report.md", "--report-junit", "report.xml"], 3),
    (&["run", "job.toml", "--dry-run", "-v", "-v", "--report", "report.json"], 3),
    (&["check", "job.toml", "--connect"], 3),
    (&["check", "job.toml", "-v", "-v"], 0),
    (&["show", "job.toml"], 0),
    (&["run", "job.toml", "-v", "-v", "--report", "report.json"], 3),
    (&["check", "job.toml", "--connect", "--format", "json"], 3),
    (&["check", "job.toml", "--connect", "--format", "github"], 3),
];

/// A password that occurs in no text by accident.
fn password(random: &mut Random) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let most = if random.chance(10) { 200 } else { 12 };
    let length = 8 + random.below(most);
    let text = (0..length)
        .map(|_| if random.chance(40) { *random.pick(&CHARACTERS) } else { char::from(*random.pick(letters)) });
    // Its beginning and its end are visible, because a text that is trimmed or cut there must be found, too.
    format!("zQ{}7w", text.collect::<String>())
}

/// The servers of one kind that refuse in their own ways.
struct Servers {
    open: Server,
    closed: Server,
    renamed: Server,
}

impl Servers {
    fn start(kind: Kind) -> Self {
        let open = Server::start(kind);
        open.run(words!["ACL", "SETUSER", USER, "on", ">another", "+@all", "~*"]);
        let closed = Server::with(kind, &["--requirepass", "another"]);
        Self { open, closed, renamed: Server::with(kind, &["--rename-command", "AUTH", ""]) }
    }

    /// The port of a server that refuses a password in this way, and the proxy before it.
    fn that(&self, refusal: Refusal, password: &str) -> (u16, Option<Impostor>) {
        let with = |impostor: Impostor| (impostor.port(), Some(impostor));
        match refusal {
            Refusal::Wrong => (self.closed.port(), None),
            Refusal::Renamed => (self.renamed.port(), None),
            Refusal::None | Refusal::Acl => (self.open.port(), None),
            Refusal::Echo => with(Impostor::before(self.open.port(), |words| match &words[0][..] {
                b"AUTH" => Answer::Instead(echo(words)),
                _ => Answer::Real,
            })),
            Refusal::EchoLater => {
                let mut login = Vec::new();
                with(Impostor::before(self.open.port(), move |words| {
                    if words[0] == b"AUTH" {
                        login = echo(words);
                        return Answer::Instead(b"+OK\r\n".to_vec());
                    }
                    Answer::Instead(login.clone())
                }))
            }
            Refusal::Accepted => {
                self.open.run(words![
                    "ACL",
                    "SETUSER",
                    "accepted",
                    "reset",
                    "on",
                    "+@all",
                    "~*",
                    format!(">{password}")
                ]);
                (self.open.port(), None)
            }
        }
    }
}

/// An error that repeats a command in several spellings.
fn echo(words: &[Vec<u8>]) -> Vec<u8> {
    let said = words.join(&b' ');
    let percent = said.iter().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let text = String::from_utf8_lossy(&said);
    let quoted = format!("{text:?} {} {percent}", serde_json::to_string(&text).expect("a string"));
    let line = [b"ERR you said ", &said[..], b" or ", quoted.as_bytes()].concat();
    let line = line.into_iter().map(|byte| if byte == b'\r' || byte == b'\n' { b' ' } else { byte }).collect();
    [b"-".to_vec(), line, b"\r\n".to_vec()].concat()
}

/// The text as a TOML string.
fn toml(text: &str) -> String {
    let escaped = text.chars().map(|character| {
        if character.is_ascii_alphanumeric() {
            character.to_string()
        } else {
            format!("\\U{:08x}", u32::from(character))
        }
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn percent(text: &str) -> String {
    let escaped = text
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") });
    escaped.collect::<Vec<_>>().concat()
}

/// Writes the job, and prepares a command with the password.
fn prepare<'s>(
    scene: &'s Scene,
    (way, side, user): (Way, &str, Option<&str>),
    port: u16,
    password: &str,
    arguments: &[&str],
) -> Prepared<'s> {
    let user_line = user.map(|user| format!("username = \"{user}\"\n")).unwrap_or_default();
    let address = format!("host = \"127.0.0.1\"\nport = {port}\n{user_line}");
    let login = match way {
        Way::Key => format!("{address}password = {}\n", toml(password)),
        Way::Url => format!("url = \"redis://{}:{}@127.0.0.1:{port}\"\n", user.unwrap_or_default(), percent(password)),
        Way::File => format!("{address}password_file = \"secret\"\n"),
        Way::Variable | Way::Option => address,
    };
    let other = if side == "source" { "destination = {DESTINATION}" } else { "source = {SOURCE}" };
    scene.file(
        "job.toml",
        &format!("[[job]]\nname = \"all\"\nsleep = \"0s\"\n{other}\n[job.{side}]\nretry = \"0s\"\n{login}"),
    );
    scene.secret_file("secret", format!("{password}\n"));
    let setting = format!("{side}.password={password}");
    let options: &[&str] = if let Way::Option = way { &["--set", &setting] } else { &[] };
    let prepared = scene.prepare(&[arguments, options].concat());
    match way {
        Way::Variable => prepared.env(&format!("RKM_{}__PASSWORD", side.to_uppercase()), password),
        _ => prepared,
    }
}

/// The spellings in which a secret may be printed.
fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).expect("a string");
    let debug = format!("{secret:?}");
    let unsafe_only: String = secret
        .chars()
        .map(|character| match character {
            _ if character.is_control() || "\u{202e}\u{2028}\u{2066}".contains(character) => {
                character.escape_default().to_string()
            }
            other => other.to_string(),
        })
        .collect();
    let bytes = |form: fn(u8) -> String| secret.bytes().map(form).collect::<Vec<_>>().concat();
    let mut all = vec![
        json[1..json.len() - 1].to_owned(),
        debug[1..debug.len() - 1].to_owned(),
        secret.escape_default().to_string(),
        secret.escape_unicode().to_string(),
        secret.replace(['\r', '\n'], " "),
        percent(secret),
        percent(secret).to_uppercase(),
        bytes(|byte| format!("%{byte:02x}")),
        bytes(|byte| format!("%{byte:02X}")),
        bytes(|byte| format!("\\x{byte:02x}")),
        unsafe_only,
        // Only the beginning.
        secret.chars().take(8).collect(),
        secret.to_owned(),
    ];
    all.dedup();
    all
}

/// Everything that a command has printed or written, except for what the test has written.
fn written(scene: &Scene, ran: &Ran) -> String {
    let mut all = format!("{}{}", ran.stdout, ran.stderr);
    for entry in fs::read_dir(scene.folder()).expect("the scene's folder") {
        let path = entry.expect("an entry").path();
        let is_ours = path.ends_with("job.toml") || path.ends_with("secret");
        if path.is_file() && !is_ours {
            all += &String::from_utf8_lossy(&fs::read(&path).expect("a file"));
            fs::remove_file(&path).expect("a file of the scene");
        }
    }
    all
}

/// How many rounds with other passwords there are.
fn rounds() -> (u64, u64) {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is a number")))
    };
    (number("MIGRATOR_TEST_SEED", 0), number("MIGRATOR_TEST_CASES", 1))
}

/// Each way of giving a password, and each way of refusing it.
fn leaks_nothing(kind: Kind) {
    let (servers, scene) = (Servers::start(kind), Scene::between(kind, kind));
    let (first, rounds) = rounds();
    for round in first..first + rounds {
        let mut random = Random::new(round);
        for way in WAYS {
            for refusal in REFUSALS {
                let side = *random.pick(&["source", "destination"]);
                let password = password(&mut random);
                let (port, impostor) = servers.that(refusal, &password);
                let user = match refusal {
                    Refusal::Acl => Some(USER),
                    Refusal::Accepted => Some("accepted"),
                    Refusal::Echo | Refusal::EchoLater if random.chance(50) => Some(USER),
                    _ => None,
                };
                for (arguments, code) in [COMMANDS[0], *random.pick(&COMMANDS[1..])] {
                    let ran = prepare(&scene, (way, side, user), port, &password, arguments).run();
                    let code = if refusal == Refusal::Accepted { 0 } else { code };
                    assert!(ran.code() == code, "{kind:?} {way:?} {refusal:?} {arguments:?}: {}", ran.stderr);
                    let all = written(&scene, &ran);
                    for spelling in spellings(&password) {
                        assert!(
                            !all.contains(&spelling),
                            "{kind:?} {way:?} {refusal:?} {side} {arguments:?}: {password:?} is in the output:\n{all}"
                        );
                    }
                    let is_masked = matches!(refusal, Refusal::Echo | Refusal::EchoLater) && code != 0;
                    assert!(!is_masked || all.contains("ERR you said AUTH"), "the server's sentence is lost:\n{all}");
                }
                drop(impostor);
            }
        }
    }
}

#[test]
fn redis_6_2_makes_no_output_contain_a_password() {
    leaks_nothing(Kind::Redis62);
}

#[test]
fn redis_7_0_makes_no_output_contain_a_password() {
    leaks_nothing(Kind::Redis70);
}

#[test]
fn redis_8_2_makes_no_output_contain_a_password() {
    leaks_nothing(Kind::Redis82);
}

#[test]
fn valkey_9_1_makes_no_output_contain_a_password() {
    leaks_nothing(Kind::Valkey91);
}

#[test]
fn a_password_file_that_is_not_utf_8_is_refused_without_its_content() {
    let scene = Scene::new();
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\nsource = { host = \"127.0.0.1\", password_file = \"secret\" }\ndestination = {DESTINATION}\n",
    );
    scene.secret_file("secret", b"zQhunter\xff\xfe7w");
    for arguments in [&["run", "job.toml"][..], &["check", "job.toml", "--connect"], &["show", "job.toml"]] {
        let ran = scene.run(arguments);
        assert!(ran.stderr.contains("cannot read secret: it is not valid UTF-8"), "{}", ran.stderr);
        assert!(!written(&scene, &ran).contains("hunter"));
    }
}
