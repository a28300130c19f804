//! Bakes that are disturbed at random, each followed by a search for what was left: `make chaos` by a
//! fault of the network, `make kills` by SIGKILL. A few rounds of each are ordinary tests.
//!
//! `SEED` repeats what failed, `ROUNDS` is the number of rounds for each cloud.

#![cfg(all(
    feature = "ec2",
    feature = "openstack",
    feature = "rackspace",
    feature = "gce",
    feature = "fake"
))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "support/ec2_server/mod.rs"]
mod ec2_server;
#[path = "ec2/world.rs"]
mod ec2_world;
#[path = "support/faulty_proxy/mod.rs"]
mod faulty_proxy;
#[path = "support/gce_server.rs"]
mod gce_server;
#[path = "support/guest.rs"]
mod guest;
#[path = "support/openstack_server/mod.rs"]
mod openstack_server;
#[path = "openstack/world.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod openstack_world;
#[path = "rackspace/world.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod rackspace_world;

#[path = "rounds/cloud.rs"]
mod cloud;
#[path = "rounds/ec2.rs"]
mod ec2;
#[path = "rounds/fake.rs"]
mod fake;
#[path = "rounds/gce.rs"]
mod gce;
#[path = "rounds/openstack.rs"]
mod openstack;
#[path = "rounds/plan.rs"]
mod plan;
#[path = "rounds/round.rs"]
mod round;
#[path = "rounds/runner.rs"]
mod runner;
#[path = "rounds/settings.rs"]
mod settings;

mod chaos {
    use super::plan::Kind::Chaos;
    use super::{ec2, fake, gce, openstack, runner};

    #[test]
    fn ec2() {
        runner::run(Chaos, "ec2", ec2::open);
    }

    #[test]
    fn openstack() {
        runner::run(Chaos, "openstack", openstack::open);
    }

    #[test]
    fn rackspace() {
        runner::run(Chaos, "rackspace", openstack::open_rackspace);
    }

    #[test]
    fn gce() {
        runner::run(Chaos, "gce", gce::open);
    }

    #[test]
    fn fake() {
        runner::run(Chaos, "fake", fake::open);
    }
}

mod kills {
    use super::plan::Kind::Kills;
    use super::{ec2, fake, gce, openstack, runner};

    #[test]
    fn ec2() {
        runner::run(Kills, "ec2", ec2::open);
    }

    #[test]
    fn openstack() {
        runner::run(Kills, "openstack", openstack::open);
    }

    #[test]
    fn rackspace() {
        runner::run(Kills, "rackspace", openstack::open_rackspace);
    }

    #[test]
    fn gce() {
        runner::run(Kills, "gce", gce::open);
    }

    #[test]
    fn fake() {
        runner::run(Kills, "fake", fake::open);
    }
}
