//! Users and groups.

use super::process::{Process, Reply};
use crate::rehearsal::world::{Account, Disk};

pub(super) fn run(process: &mut Process, name: &str, args: &[&str]) -> Option<Reply> {
    let disk = &mut process.machine.disk;
    Some(match name {
        "useradd" | "adduser" | "usermod" => modify(disk, name, args),
        "userdel" | "deluser" => {
            args.last().map(|name| disk.users.remove(*name));
            Reply::default()
        }
        "groupadd" | "addgroup" => {
            disk.groups.extend(args.last().map(|name| (*name).to_owned()));
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
        match pair[0] {
            "-s" | "--shell" => account.shell = value,
            "-d" | "--home" | "--home-dir" => account.home = value,
            "-G" | "-aG" | "--groups" => account.groups.extend(value.split(',').map(str::to_owned)),
            "-u" | "--uid" => account.uid = value.parse().unwrap_or(account.uid),
            _ => {}
        }
    }
    Reply::default()
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
