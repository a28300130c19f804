"""Starts moto's server: moto_server.py --host HOST --port PORT.

It adds what EC2 accepts and moto does not: tags for the snapshots of CreateImage and for CopyImage,
EnableImageDeprecation, key pairs by id, a root device as large as the image's; and a fixture of
images (MOTO_AMIS_PATH) in more than one region.
moto does not emulate tokens, delays and refusals: see ec2_server/.
"""

import copy

from moto.core.parse import default_timestamp_parser
from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidKeyPairNameError
from moto.ec2.models import amis
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.key_pairs import KeyPairs
from moto.server import main


class Fixture(list):
    """moto changes an image when a region loads it; each region gets an unchanged copy."""

    def __iter__(self):
        return iter(copy.deepcopy(list(super().__iter__())))


amis.AMIS = Fixture(amis.AMIS)
create_image = amis.AmiBackend.create_image
describe_key_pairs = KeyPairs.describe_key_pairs
validate_device = InstanceResponse._validate_block_device_mapping


def tags_of(specifications, kind):
    chosen = [wanted["Tags"] for wanted in specifications if wanted["ResourceType"] == kind]
    return {tag["Key"]: tag["Value"] for tags in chosen for tag in tags}


def create_image_with_snapshot_tags(
    self, instance_id, name, description, tag_specifications
):
    images = [wanted for wanted in tag_specifications if wanted["ResourceType"] == "image"]
    image = create_image(self, instance_id, name, description, images)
    image.ebs_snapshot.add_tags(tags_of(tag_specifications, "snapshot"))
    return image


def copy_image_with_tags(self):
    given = self._get_param
    image = self.ec2_backend.copy_image(
        given("SourceImageId"), given("SourceRegion"), given("Name"), given("Description")
    )
    wanted = given("TagSpecifications", [])
    image.add_tags(tags_of(wanted, "image"))
    image.ebs_snapshot.add_tags(tags_of(wanted, "snapshot"))
    return ActionResult({"ImageId": image.id})


def enable_image_deprecation(self):
    [image] = self.ec2_backend.describe_images(ami_ids=[self._get_param("ImageId")])
    at = self._get_param("DeprecateAt")
    at = default_timestamp_parser(at) if isinstance(at, str) else at
    image.deprecation_time = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return ActionResult({"Return": True})


def pairs_by_id(self, ids):
    found = [pair for pair in self.ec2_backend.key_pairs.values() if pair.id in ids]
    if len(found) < len(ids):
        raise InvalidKeyPairNameError(ids)
    return found


def describe_key_pairs_by_id_too(self):
    ids = self._get_param("KeyPairIds", [])
    if ids:
        return ActionResult({"KeyPairs": pairs_by_id(self, ids)})
    return describe_key_pairs(self)


def delete_key_pair_by_id_too(self):
    name, id = self._get_param("KeyName"), self._get_param("KeyPairId")
    pairs = self.ec2_backend.key_pairs.values()
    for pair in [pair for pair in pairs if id == pair.id or name == pair.key_name]:
        self.ec2_backend.delete_key_pair(pair.key_name)
    return ActionResult({"Return": True})


def with_the_images_size(device):
    if "Ebs" in device and not device["Ebs"].get("SnapshotId"):
        # The size of all of moto's images.
        device["Ebs"].setdefault("VolumeSize", 15)
    validate_device(device)


amis.AmiBackend.create_image = create_image_with_snapshot_tags
AmisResponse.copy_image = copy_image_with_tags
AmisResponse.enable_image_deprecation = enable_image_deprecation
KeyPairs.describe_key_pairs = describe_key_pairs_by_id_too
KeyPairs.delete_key_pair = delete_key_pair_by_id_too
InstanceResponse._validate_block_device_mapping = staticmethod(with_the_images_size)

main()
