//! Instances: what a server is to imgctl, and waiting until it runs and has its address.

use jiff::SignedDuration;

use super::address;
use super::compute::servers::Server;
use super::provider::{OpenStack, patience};
use super::server;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Instance};
use crate::{Code, Error, Result};

/// How long a running server may lack an address that it should have: nova asks neutron once a
/// minute.
const LAG: SignedDuration = SignedDuration::from_mins(2);

pub fn of(cloud: &OpenStack, server: &Server) -> Instance {
    let fault = server.fault().map(str::to_owned);
    let unusual = || server::is_unusual(&server.status).then(|| server.status.clone());
    Instance {
        id: server.id.clone(),
        name: server.name.clone(),
        state: server::state(server),
        reason: fault.or_else(unusual),
        address: address::choose(&server.addresses, access(cloud, server), cloud.settings.address),
        ssh_port: 22,
        zone: server.zone.clone().filter(|zone| !zone.is_empty()),
        image: server.image().to_owned(),
        created: server.created.clone(),
        tags: server.metadata.clone(),
    }
}

/// The address that the cloud says to use, if that can be relied on.
fn access<'s>(cloud: &OpenStack, server: &'s Server) -> Option<&'s str> {
    let access = server.access.as_deref()?;
    let is_own = server.addresses.iter().any(|(_, own)| own.addr == access);
    let is_moved = |key: &str| server.metadata.contains_key(key);
    (is_own || cloud.differences.access_key.is_none_or(is_moved)).then_some(access)
}

/// Waits until a server runs and has an address of the kind that is set; with `any_address`, until
/// it runs, whatever its addresses are.
pub async fn running(
    cloud: &OpenStack,
    id: &str,
    any_address: bool,
    call: &Call,
) -> Result<Instance> {
    let what = format!("server {id} to run");
    let patience = patience(cloud.settings.start_timeout);
    let look = || async { server::look(cloud, id, call).await };
    let server = wait::until(&what, patience, &call.watch, look).await?;
    let instance = of(cloud, &server);
    if instance.address.is_some() || any_address {
        return Ok(instance);
    }
    addressed(cloud, id, call).await
}

/// Waits until a running server has an address, and then one of the kind that is set.
async fn addressed(cloud: &OpenStack, id: &str, call: &Call) -> Result<Instance> {
    let settings = &cloud.settings;
    let what = format!("server {id} to have an address");
    let any = wait::until(&what, patience(settings.start_timeout), &call.watch, || async {
        Ok(match server::look(cloud, id, call).await? {
            Poll::Ready(server) if address::list(&server).is_empty() => {
                Poll::Pending(format!("{}, without an address", server.progress()))
            }
            other => other,
        })
    });
    let hint = "set `networks` to a network that has a subnet";
    any.await.map_err(|error| advised(error, hint))?;
    let what = format!("server {id} to have {}", address::name(settings.address));
    let limit = patience(settings.start_timeout.min(LAG));
    let wanted = wait::until(&what, limit, &call.watch, || async {
        Ok(match server::look(cloud, id, call).await? {
            Poll::Pending(status) => Poll::Pending(status),
            Poll::Ready(server) => {
                let instance = of(cloud, &server);
                match instance.address {
                    Some(_) => Poll::Ready(instance),
                    None => Poll::Pending(format!("it has {}", address::list(&server).join(", "))),
                }
            }
        })
    });
    let hint = "set `address` to one of these kinds or to `auto`, and run the same command again: it \
                continues with this server";
    wanted.await.map_err(|error| advised(error, hint))
}

fn advised(error: Error, hint: &str) -> Error {
    if error.code() == Code::Timeout { error.hint(hint) } else { error }
}
