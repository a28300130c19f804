//! Names that a shell would interpret go nowhere near one.

use crate::home::Home;
use crate::sshd::Sshd;

#[test]
fn a_host_or_user_that_a_shell_would_interpret_is_refused() {
    let server = Sshd::start();
    let home = Home::new(&server, "Host *\n ProxyCommand sh -c 'echo %h %r %n >&2'\n");
    let mark = home.path().join("mark");
    let touch = format!("$(touch {})", mark.display());
    for name in [
        format!("y{touch}"),
        format!("`touch {}`", mark.display()),
        "y;id".to_string(),
        "-oProxyCommand=id".to_string(),
        "a b".to_string(),
        "y|id".to_string(),
        "y&id".to_string(),
        "y'id".to_string(),
    ] {
        home.connect(&name).fails(2).says("is not a valid host");
        home.connect(&format!("{name}@box")).fails(2);
        let jump = format!("ssh::connect(\"box\", #{{ jump: [\"{name}\"] }}).query(\"id\")");
        home.run(&jump).fails(2).says("is not a valid host");
        let user = format!("ssh::connect(\"box\", #{{ user: \"{name}\" }}).query(\"id\")");
        home.run(&user).fails(2);
    }
    assert!(!mark.exists());
}
