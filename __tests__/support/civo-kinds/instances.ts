/** Instances, their keys, volumes and addresses. */
import { DEFAULT_VOLUME_TYPE, DISK_IMAGES } from '../../../local/civo/catalogue';
import { type Row, row } from './table';

const image = (wanted: string) => DISK_IMAGES.find(({ name }) => name === wanted)?.id ?? '';
const publicKey = (letter: string) =>
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Kb8Z7Ly0bW1ovKzIfOEA3Xn4mRr5c0QGXCT2B${letter.repeat(4)} test`;

export const INSTANCES: readonly Row[] = [
  row({
    name: 'key',
    type: 'SshKey',
    args: { name: 'deploy', publicKey: publicKey('a') },
    update: { name: 'deploy-renamed' },
  }),
  row({
    name: 'unusedKey',
    type: 'SshKey',
    args: { name: 'unused', publicKey: publicKey('b') },
    replace: { publicKey: publicKey('c') },
  }),
  row({
    name: 'instance',
    type: 'Instance',
    args: {
      hostname: 'web',
      size: 'g3.small',
      diskImage: image('debian-12'),
      networkId: '${network.id}',
      firewallId: '${firewall.id}',
      sshkeyId: '${key.id}',
      initialUser: 'deploy',
      publicIpRequired: 'create',
      script: '#!/bin/sh\ntrue\n',
      tags: ['web'],
      notes: 'A note',
      volumeType: DEFAULT_VOLUME_TYPE,
    },
    update: { hostname: 'web-renamed', size: 'g3.medium', notes: 'Another', tags: ['blue', 'web'] },
    replace: { diskImage: image('debian-13') },
    forever: { reverseDns: 'web.example.com' },
    invalid: [[{ script: '#!/bin/sh\nfalse\n' }, "the 'script' field is immutable"]],
    refused: [
      [{ initialUser: 'root' }, 'updating initial_user is not supported'],
      [{ sshkeyId: '${unusedKey.id}' }, 'updating sshkey_id is not supported'],
    ],
    wouldReplace: [
      { networkId: '${second.id}' },
      { privateIpv4: '192.168.2.99' },
      // Also where the provider's region is named: the instance's is never read back.
      { region: 'LON1' },
    ],
  }),
  row({
    // The first of its network: it gets the address that it doesn't want, and a type that it didn't name.
    name: 'bare',
    type: 'Instance',
    args: {
      hostname: 'bare',
      size: 'g3.xsmall',
      diskImage: image('debian-12'),
      networkId: '${second.id}',
      firewallId: '${open.id}',
      publicIpRequired: 'none',
    },
    restless: ['publicIpRequired', 'volumeType'],
  }),
  row({
    name: 'assignment',
    type: 'InstanceReservedIpAssignment',
    args: { instanceId: '${instance.id}', reservedIpId: '${ip.id}' },
    wouldReplace: [{ reservedIpId: '${vpcIp.id}' }],
  }),
  row({
    name: 'vpcAssignment',
    type: 'VpcReservedIpAssignment',
    args: { instanceId: '${bare.id}', reservedIpId: '${vpcIp.id}' },
    wouldReplace: [{ instanceId: '${instance.id}' }],
  }),
  row({
    name: 'volume',
    type: 'Volume',
    args: { name: 'data', networkId: '${network.id}', sizeGb: 10, volumeType: DEFAULT_VOLUME_TYPE },
    // Attached: the provider detaches it, waits 10 s, resizes it and attaches it again.
    update: { sizeGb: 20 },
    refused: [
      [{ name: 'data-renamed' }, 'Name change for volume is not supported'],
      [{ networkId: '${second.id}' }, 'Network change for volume is not supported'],
    ],
  }),
  row({
    name: 'untyped',
    type: 'Volume',
    args: { name: 'untyped', networkId: '${network.id}', sizeGb: 10 },
    restless: ['volumeType'],
    refused: [[{ sizeGb: 5 }, 'ParameterVolumeSizeMustIncreaseError']],
  }),
  row({
    name: 'attachment',
    type: 'VolumeAttachment',
    args: { instanceId: '${instance.id}', volumeId: '${volume.id}' },
    wouldReplace: [{ attachAtBoot: true }, { volumeId: '${untyped.id}' }],
  }),
];
