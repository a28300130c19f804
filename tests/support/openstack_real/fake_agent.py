"""Replaces neutron's agent on the compute host, which would connect the servers' ports.

Neutron binds a port only to a host whose agent reports. This program reports, with neutron's own code,
and connects nothing: the servers of a fake hypervisor have no network.
"""

import sys
import time

from neutron.agent import rpc
from neutron.common import config
from neutron.conf.agent import common as agent_options
from neutron_lib import context
from neutron_lib.agent import topics
from oslo_config import cfg

config.register_common_config_options()
agent_options.register_agent_state_opts_helper(cfg.CONF)
config.init(sys.argv[1:])
reports = rpc.PluginReportStateAPI(topics.REPORTS)
state = {
    "binary": "neutron-openvswitch-agent",
    "host": cfg.CONF.host,
    "topic": "N/A",
    "agent_type": "Open vSwitch agent",
    "configurations": {"bridge_mappings": {}, "tunnel_types": []},
    "start_flag": True,
}
while True:
    reports.report_state(context.get_admin_context_without_session(), state, use_call=True)
    state.pop("start_flag", None)
    time.sleep(20)
