//! Users and groups.

use super::process::{Process, Reply};
use crate::rehearsal::world::{Account, Disk, Entry};

pub(super) fn run(process: &mut Process, name: &str, args: &[&str]) -> Option<Reply> {
    let disk = &mut process.machine.disk;
    Some(match name {
        "useradd" | "adduser" | "usermod" => modify(disk, name, args),
        "userdel" | "deluser" => {
            let gone = args.last().and_then(|name| disk.users.remove(*name));
            let with_home = args
                .iter()
                .any(|arg| is_flag(arg, 'r') || ["--remove", "--remove-home"].contains(arg));
            if let Some(account) = gone.filter(|_| with_home) {
                let inside = format!("{}/", account.home);
                disk.files.retain(|path, _| *path != account.home && !path.starts_with(&inside));
            }
            Reply::default()
        }
        "groupadd" | "addgroup" => {
            disk.groups.extend(args.last().map(|name| (*name).to_owned()));
            Reply::default()
        }
        "groupdel" | "delgroup" => {
            args.last().map(|name| disk.groups.remove(*name));
            Reply::default()
        }
        "id" => {
            let user = args.iter().find(|arg| !arg.starts_with('-')).copied();
            identity(disk, args, user.unwrap_or(&process.user))
        }
        "getent" => match args {
            ["passwd"] => Reply::prints(
                &disk.users.iter().map(|(name, user)| line(name, user)).collect::<String>(),
            ),
            // By name or number.
            ["passwd", key] => match disk
                .users
                .iter()
                .find(|(name, user)| *name == key || user.uid.to_string() == **key)
            {
                Some((name, user)) => Reply::prints(&line(name, user)),
                None => Reply { status: 2, ..Reply::default() },
            },
            ["group", name] => {
                let members: Vec<&str> = disk
                    .users
                    .iter()
                    .filter(|(_, user)| user.groups.contains(*name))
                    .map(|(user, _)| user.as_str())
                    .collect();
                if members.is_empty() && !disk.groups.contains(*name) {
                    return Some(Reply { status: 2, ..Reply::default() });
                }
                Reply::prints(&format!("{name}:x:900:{}\n", members.join(",")))
            }
            _ => Reply::default(),
        },
        _ => return None,
    })
}

/// Of `/etc/passwd`.
fn line(name: &str, user: &Account) -> String {
    format!("{name}:x:{0}:{0}::{1}:{2}\n", user.uid, user.home, user.shell)
}

fn modify(disk: &mut Disk, program: &str, args: &[&str]) -> Reply {
    let Some((name, options)) = args.split_last() else { return Reply::default() };
    // `--home-dir=/srv/agent` is also two words.
    let words = |it: &&str| match it.split_once('=').filter(|(name, _)| name.starts_with("--")) {
        Some((name, value)) => vec![name.to_owned(), value.to_owned()],
        None => vec![(*it).to_owned()],
    };
    let options: Vec<String> = options.iter().flat_map(words).collect();
    let known = disk.users.contains_key(*name);
    if known == (program != "usermod") {
        let why = if known { "already exists" } else { "does not exist" };
        return Reply::fails(if known { 9 } else { 6 }, &format!("{program}: user '{name}' {why}"));
    }
    let uid = 1001 + u32::try_from(disk.users.len()).unwrap_or_default();
    let home = format!("/home/{name}");
    let new =
        Account { uid, home, shell: "/bin/sh".to_owned(), groups: [(*name).to_owned()].into() };
    let account = disk.users.entry((*name).to_owned()).or_insert(new);
    for pair in options.windows(2) {
        let value = pair[1].to_owned();
        match pair[0].as_str() {
            "-s" | "--shell" => account.shell = value,
            "-d" | "--home" | "--home-dir" => account.home = value,
            "-G" | "-aG" | "--groups" => account.groups.extend(value.split(',').map(str::to_owned)),
            "-u" | "--uid" => account.uid = value.parse().unwrap_or(account.uid),
            _ => {}
        }
    }
    if options.iter().any(|it| is_flag(it, 'm') || it == "--create-home" || it == "--move-home") {
        let home = Entry::folder("755", &format!("{name}:{name}"));
        disk.files.entry(account.home.clone()).or_insert(home);
    }
    Reply::default()
}

/// `-m`, also among others: `-rm`.
fn is_flag(option: &str, letter: char) -> bool {
    option.starts_with('-') && !option.starts_with("--") && option.contains(letter)
}

fn identity(disk: &Disk, args: &[&str], name: &str) -> Reply {
    let Some(user) = disk.users.get(name) else {
        return Reply::fails(1, &format!("id: '{name}': no such user"));
    };
    let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
    let options: String = args.iter().filter(|arg| arg.starts_with('-')).copied().collect();
    let text = if options.contains('G') {
        groups.join(" ")
    } else if options.contains('u') && !options.contains('n') {
        user.uid.to_string()
    } else if options.contains('n') {
        name.to_owned()
    } else {
        format!("uid={0}({name}) gid={0}({name}) groups={1}", user.uid, groups.join(","))
    };
    Reply::prints(&format!("{text}\n"))
}
