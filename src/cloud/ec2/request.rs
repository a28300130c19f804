//! The request for an instance, by the settings.

use std::io::Write;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, HttpTokensState, IamInstanceProfileSpecification,
    InstanceInterruptionBehavior, InstanceMarketOptionsRequest, InstanceMetadataEndpointState,
    InstanceMetadataOptionsRequest, InstanceMetadataProtocolState,
    InstanceNetworkInterfaceSpecification, InstanceType, MarketType, ShutdownBehavior,
    SpotInstanceType, SpotMarketOptions, VolumeType,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::{Compression, GzBuilder};

use super::image::{ROOT_DEVICE, ROOT_SIZE};
use super::subnet::Subnet;
use crate::cloud::units::GIB;
use crate::cloud::{Image, Launch, user_data as document};
use crate::config::ec2::{Address, Disk, MetadataTokens, Settings, Shutdown};
use crate::{Error, Result};

/// Key of the intent's attributes: when the instance terminates itself, in seconds since 1970. It is
/// written down so that a retry makes the same request.
pub const DEADLINE: &str = "self_destruct_at";

/// The most bytes of user data, before base64
/// (docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html).
const LONGEST_USER_DATA: usize = 16 << 10;

/// The request without its key, user data, token and tags. Without a subnet, EC2 chooses one.
pub fn run_instances(
    settings: &Settings,
    image: &Image,
    ec2: Client,
    kind: &str,
    groups: &[String],
    subnet: Option<&Subnet>,
) -> RunInstancesFluentBuilder {
    let metadata = InstanceMetadataOptionsRequest::builder()
        .http_endpoint(InstanceMetadataEndpointState::Enabled)
        .http_tokens(match settings.metadata_tokens {
            MetadataTokens::Required => HttpTokensState::Required,
            MetadataTokens::Optional => HttpTokensState::Optional,
        })
        .set_http_protocol_ipv6(
            subnet
                .filter(|subnet| subnet.is_ipv6_only)
                .map(|_| InstanceMetadataProtocolState::Enabled),
        );
    // `self_destruct` works by a shutdown, which must then terminate the instance. A spot instance of a
    // request for once cannot be stopped.
    // Source: <https://github.com/ansible/ansible/pull/63246>, which refuses `stop` for spot.
    let terminate = settings.shutdown == Shutdown::Terminate
        || settings.self_destruct.is_some()
        || settings.spot.is_some();
    let shutdown = if terminate { ShutdownBehavior::Terminate } else { ShutdownBehavior::Stop };
    let request = ec2
        .run_instances()
        .image_id(&image.id)
        .min_count(1)
        .max_count(1)
        .instance_type(InstanceType::from(kind))
        .metadata_options(metadata.build())
        .instance_initiated_shutdown_behavior(shutdown)
        .set_block_device_mappings(root_device(&settings.disk, image).map(|root| vec![root]))
        .set_instance_market_options(market(settings))
        .set_iam_instance_profile(settings.instance_profile.as_deref().map(profile));
    let subnet = subnet.map(|subnet| subnet.id.clone());
    let Some(address) = settings.address else {
        return request.set_subnet_id(subnet).set_security_group_ids(Some(groups.to_vec()));
    };
    // Only a network interface has a parameter for the public address.
    let interface = InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .set_subnet_id(subnet)
        .set_groups(Some(groups.to_vec()))
        .associate_public_ip_address(address == Address::Public)
        .delete_on_termination(true);
    request.network_interfaces(interface.build())
}

/// An instance profile by its ARN, else by its name.
fn profile(given: &str) -> IamInstanceProfileSpecification {
    let profile = IamInstanceProfileSpecification::builder();
    if given.starts_with("arn:") { profile.arn(given) } else { profile.name(given) }.build()
}

fn root_device(disk: &Disk, image: &Image) -> Option<BlockDeviceMapping> {
    let device = disk.device.as_ref().or_else(|| image.attributes.get(ROOT_DEVICE))?;
    let wanted = disk.size.map(|size| size.as_u64().div_ceil(GIB));
    let size = wanted.or_else(|| image.attributes.get(ROOT_SIZE)?.parse().ok());
    let encrypted = disk.encrypted.or(disk.encryption_key.as_ref().map(|_| true));
    let volume = EbsBlockDevice::builder()
        .delete_on_termination(true)
        .volume_type(VolumeType::from(disk.kind.as_str()))
        .set_volume_size(size.map(|size| i32::try_from(size).unwrap_or(i32::MAX)))
        .set_encrypted(encrypted)
        .set_kms_key_id(disk.encryption_key.clone())
        .set_iops(disk.iops)
        .set_throughput(disk.throughput);
    Some(BlockDeviceMapping::builder().device_name(device).ebs(volume.build()).build())
}

fn market(settings: &Settings) -> Option<InstanceMarketOptionsRequest> {
    let spot = settings.spot.as_ref()?;
    // A persistent request would start another instance after this one is destroyed.
    let options = SpotMarketOptions::builder()
        .spot_instance_type(SpotInstanceType::OneTime)
        .instance_interruption_behavior(InstanceInterruptionBehavior::Terminate)
        .set_max_price(spot.max_price.clone());
    let market = InstanceMarketOptionsRequest::builder().market_type(MarketType::Spot);
    Some(market.spot_options(options.build()).build())
}

/// The user data for cloud-init in base64, compressed if it would not fit. `deadline` is when the
/// instance shuts itself down, in seconds since 1970.
pub fn user_data(launch: &Launch, deadline: Option<&str>) -> Result<String> {
    let script = deadline.map(self_destruct);
    let text = document::with_boot_script(launch, script.as_deref())?;
    if text.len() <= LONGEST_USER_DATA {
        return Ok(BASE64_STANDARD.encode(text));
    }
    // The header has no time, so that the same text makes the same request.
    let mut compressed = GzBuilder::new().write(Vec::new(), Compression::best());
    let bytes = compressed.write_all(text.as_bytes()).and_then(|()| compressed.finish());
    let bytes =
        bytes.map_err(|error| Error::failed("cannot compress the user data").cause(error))?;
    if bytes.len() > LONGEST_USER_DATA {
        return Err(Error::config(format!(
            "user_data is too long: {} bytes with the keys, {} compressed; the limit is {LONGEST_USER_DATA}",
            text.len(),
            bytes.len()
        ))
        .hint("download large files from it, or move the work to scripts/bootstrap.rhai"));
    }
    Ok(BASE64_STANDARD.encode(bytes))
}

/// A script that powers the instance off at the deadline, also after a reboot; EC2 then terminates it.
/// The timer of `shutdown` needs services that do not run this early. The script must not wait for
/// the boot, because the boot waits for the script.
fn self_destruct(deadline: &str) -> String {
    format!(
        "#cloud-boothook\n\
         #!/bin/sh\n\
         left=$(({deadline} - $(date +%s)))\n\
         [ \"$left\" -gt 0 ] || left=0\n\
         if command -v systemd-run >/dev/null 2>&1; then\n\
         \x20   systemd-run --no-block --unit=imgctl-self-destruct --on-active=\"$left\" \\\n\
         \x20       --timer-property=DefaultDependencies=no systemctl --no-block poweroff && exit 0\n\
         fi\n\
         nohup sh -c \"sleep $left; poweroff\" >/dev/null 2>&1 &\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::user_data::example::launch;

    #[test]
    fn long_user_data_is_compressed_and_user_data_over_the_limit_is_refused() {
        let decode = |text: String| BASE64_STANDARD.decode(text).unwrap();
        let plain = decode(user_data(&launch(None), None).unwrap());
        assert!(plain.starts_with(b"#cloud-config"));
        let long = format!("#!/bin/sh\n{}", "echo again\n".repeat(4000));
        let packed = decode(user_data(&launch(Some(&long)), None).unwrap());
        assert!(packed.starts_with(&[0x1f, 0x8b]), "gzip");
        assert_eq!(packed, decode(user_data(&launch(Some(&long)), None).unwrap()));
        let mut random = fastrand::Rng::with_seed(7);
        let random: String = (0..60_000).map(|_| random.alphanumeric()).collect();
        let error = user_data(&launch(Some(&random)), None).unwrap_err();
        assert!(error.message().contains("too long"), "{error}");
    }

    #[test]
    fn the_shutdown_timer_is_set_at_every_boot() {
        let text = user_data(&launch(None), Some("1900000000")).unwrap();
        let text = String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap();
        assert!(text.contains("text/cloud-boothook"));
        assert!(text.contains(&BASE64_STANDARD.encode(self_destruct("1900000000"))));
    }
}
