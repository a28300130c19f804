//! A project with an image on the fake cloud, a clone with a dictionary, its remote, and GitHub.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::github::Github;
use crate::project::{Project, Ran};

pub const IMAGES: &str = "\
# the images of the agents
jenkins:
  images:
    fake: {debian12: &deb img-0, centos7: ami-1}  # one each
    aws: [ami-1]
";
pub const BRANCH: &str = "imgctl/images-fake-debian12";

pub struct Stage {
    pub project: Project,
    pub github: Github,
    pub image: String,
}

impl Stage {
    /// `settings` are further lines of `publish:`.
    pub fn new(settings: &str) -> Stage {
        Stage::with("jenkins.images.{cloud}.{distribution}", settings)
    }

    pub fn with(path: &str, settings: &str) -> Stage {
        let (project, github) = (Project::new(), Github::start());
        project.imgctl(&["up"]).succeeds();
        let made = project.imgctl(&["create_image"]).succeeds();
        let image = made.announced().into_iter().next().unwrap();
        let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
        let config = format!(
            "{config}publish:\n  dictionary: {{repository: clone, file: images.yaml, path: \"{path}\"}}\n  \
             pull_request: {{forge: github, api: \"{}\", project: org/ci, labels: [images]}}\n{settings}",
            github.url()
        );
        project.write("config.yaml", &config);
        project.write(".gitconfig", "[user]\nname = A User\nemail = a@example.com\n");
        let stage = Stage { project, github, image };
        stage.git(".", &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        stage.git(".", &["clone", "--quiet", "remote.git", "clone"]);
        stage.git("clone", &["checkout", "--quiet", "-b", "main"]);
        stage.project.write("clone/images.yaml", IMAGES);
        stage.git("clone", &["add", "images.yaml"]);
        stage.git("clone", &["commit", "--quiet", "--message=The images"]);
        stage.git("clone", &["push", "--quiet", "origin", "main"]);
        stage
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.project.path().join(name)
    }

    pub fn git(&self, folder: &str, words: &[&str]) -> String {
        let output = Command::new("git")
            .args(words)
            .current_dir(self.path(folder))
            .env("HOME", self.project.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "git {words:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    pub fn publish(&self, words: &[&str]) -> Ran {
        self.publish_as("good", words)
    }

    pub fn publish_as(&self, token: &str, words: &[&str]) -> Ran {
        self.project.imgctl_with_setup(words, |command| {
            command.env("GITHUB_TOKEN", token).env("GIT_DIR", "/nowhere");
        })
    }

    /// All branches of the remote with their commits.
    pub fn branches(&self) -> String {
        self.git("remote.git", &["for-each-ref", "--format=%(refname:short) %(objectname)"])
    }

    /// What a user would notice in the clone: files, index, branches, tags, worktrees.
    pub fn clone_state(&self) -> String {
        let refs = self.git("clone", &["for-each-ref", "refs/heads", "refs/tags", "refs/imgctl"]);
        let status = self.git("clone", &["status", "--porcelain", "--branch"]);
        let trees = self.git("clone", &["worktree", "list"]);
        let left = self.path("clone/.git/imgctl").exists();
        format!("{refs}{status}{trees}{left}")
    }

    /// The dictionary on a branch of the remote.
    pub fn dictionary(&self, branch: &str) -> String {
        self.git("remote.git", &["show", &format!("{branch}:images.yaml")])
    }

    pub fn hook(&self, repository: &str, name: &str, text: &str) {
        let path = format!("{repository}/hooks/{name}");
        self.project.write(&path, &format!("#!/bin/sh\n{text}\n"));
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(&path), mode).unwrap();
    }
}
