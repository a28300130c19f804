"""Starts moto's server: moto_server.py --host HOST --port PORT.

With what the chain needs and moto lacks: tags of the snapshots that CreateImage makes, tags of
CopyImage, EnableImageDeprecation, and a fixture of images (MOTO_AMIS_PATH) in more than one region.
What EC2 does about tokens, delays and refusals is not moto's: see ec2_server/.
"""

import copy

from moto.core.parse import default_timestamp_parser
from moto.core.responses import ActionResult
from moto.ec2.models import amis
from moto.ec2.responses.amis import AmisResponse
from moto.server import main


class Fixture(list):
    """moto changes an image when a region loads it; the next region shall find it as it was."""

    def __iter__(self):
        return iter(copy.deepcopy(list(super().__iter__())))


amis.AMIS = Fixture(amis.AMIS)
create_image = amis.AmiBackend.create_image


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


amis.AmiBackend.create_image = create_image_with_snapshot_tags
AmisResponse.copy_image = copy_image_with_tags
AmisResponse.enable_image_deprecation = enable_image_deprecation

main()
