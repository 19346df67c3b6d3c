/** Networks, subnets, firewalls, reserved IPs. */
import { type Row, row } from './table';

const rule = { protocol: 'tcp', action: 'allow', cidrs: ['0.0.0.0/0'] };
const egress = [
  { ...rule, label: 'tcp', portRange: '1-65535' },
  { ...rule, label: 'udp', protocol: 'udp', portRange: '1-65535' },
];
const ssh = { ...rule, label: 'ssh', portRange: '22' };
const ping = { ...rule, label: 'ping', protocol: 'icmp' };

export const NETWORKS: readonly Row[] = [
  row({
    name: 'network',
    type: 'Network',
    args: { label: 'net' },
    update: { label: 'renamed', nameserversV4s: ['9.9.9.9', '1.1.1.1'] },
    pretended: { vlanId: 7, vlanCidrV4: '10.7.0.0/24' },
    unseen: { region: 'lon1' },
    wouldReplace: [{ region: 'FRA1' }],
    invalid: [[{ cidrV4: '10.9.0.0/16' }, "the 'cidr_v4' field is immutable"]],
  }),
  row({
    name: 'second',
    type: 'VpcNetwork',
    args: { label: 'second' },
    update: { label: 'second-renamed' },
    invalid: [[{ label: 'white space' }, 'name cannot contain whitespace']],
  }),
  row({
    name: 'firewall',
    type: 'Firewall',
    args: {
      name: 'perimeter',
      networkId: '${network.id}',
      createDefaultRules: false,
      ingressRules: [ssh, { ...rule, label: 'web', portRange: '80' }, ping],
      egressRules: egress,
    },
    update: {
      name: 'perimeter-renamed',
      ingressRules: [{ ...ssh, cidrs: ['10.1.0.0/16', '10.2.0.0/16'] }, ping],
    },
    // Removing all rules of a direction from the program removes none from the firewall.
    unseen: { ingressRules: undefined },
    invalid: [[{ ingressRules: [{ ...rule, label: 'any' }] }, 'ports of ingress rules is required']],
  }),
  row({
    name: 'moved',
    type: 'VpcFirewall',
    args: { name: 'moved', networkId: '${network.id}' },
    update: { name: 'moved-renamed' },
    replace: { networkId: '${second.id}' },
  }),
  row({
    name: 'closed',
    type: 'VpcFirewall',
    args: { name: 'closed', networkId: '${second.id}' },
    replace: { createDefaultRules: false, ingressRules: [ssh], egressRules: egress },
  }),
  row({
    name: 'open',
    type: 'VpcFirewall',
    args: { name: 'open', networkId: '${second.id}' },
  }),
  row({
    name: 'subnet',
    type: 'VpcSubnet',
    args: { name: 'inner', networkId: '${second.id}' },
    replace: { name: 'outer' },
    wouldReplace: [{ networkId: '${network.id}' }],
  }),
  row({
    name: 'ip',
    type: 'ReservedIp',
    args: { name: 'address' },
    update: { name: 'address-renamed' },
  }),
  row({
    name: 'vpcIp',
    type: 'VpcReservedIp',
    args: { name: 'other-address' },
    update: { name: 'other-address-renamed' },
  }),
];
