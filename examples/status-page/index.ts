/** A second machine, with an address and a name of its own, that looks at the server as people do, once a minute. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';
import { ServerReference } from 'mastodon-on-civo/components/outputs';

const open = (port: string) => ({
  label: `tcp-${port}`,
  protocol: 'tcp',
  portRange: port,
  cidrs: ['0.0.0.0/0'],
  action: 'allow',
});
const script = (file: string) => readFileSync(join(__dirname, file), 'utf8');

export = async () => {
  const config = new pulumi.Config();
  const server = await ServerReference.to(config.require('server'));
  const url = server.output('url');
  const zone = server
    .output('dnsRecords')
    .apply((records) => records.find(({ name }) => name === '@')?.host ?? '');
  const host = pulumi.interpolate`status.${zone}`;

  const provider = new civo.Provider('civo', {
    region: config.require('region'),
    apiEndpoint: config.get('apiEndpoint') || undefined,
  });
  const opts = { provider };
  const name = `status-page-${pulumi.getStack()}`;

  const firewall = new civo.Firewall(
    name,
    {
      name,
      networkId: server.output('networkId'),
      createDefaultRules: false,
      ingressRules: ['80', '443'].map(open),
      egressRules: [open('1-65535'), { ...open('53'), label: 'udp-53', protocol: 'udp' }],
    },
    opts,
  );

  const images = civo.getDiskImageOutput(
    { filters: [{ key: 'name', values: [config.require('image')] }] },
    opts,
  );
  const key = new civo.SshKey(name, { name, publicKey: config.require('sshKey') }, opts);
  const machine = new civo.Instance(
    name,
    {
      hostname: name,
      size: config.require('size'),
      diskImage: images.apply(({ diskimages }) => diskimages[0]?.id ?? ''),
      // Beside the server: both reach each other in private, and no other machine does.
      networkId: server.output('networkId'),
      firewallId: firewall.id,
      sshkeyId: key.id,
      initialUser: 'deploy',
      publicIpRequired: 'create',
      script: pulumi
        .all([url, host])
        .apply(([page, name]) =>
          script('user-data.sh')
            .replaceAll('{{url}}', page)
            .replaceAll('{{host}}', name)
            .replace('{{look}}', script('look.sh').trim()),
        ),
    },
    // An image's name may lead to a new one any day.
    { ...opts, ignoreChanges: ['diskImage', 'volumeType', 'publicIpRequired'], replaceOnChanges: ['script'] },
  );

  const domain = civo.getDnsDomainNameOutput({ name: zone }, opts);
  new civo.DnsDomainRecord(
    'status',
    {
      domainId: domain.apply(({ id }) => id ?? ''),
      name: 'status',
      type: 'A',
      value: machine.publicIp,
      ttl: 600,
    },
    opts,
  );

  return { page: pulumi.interpolate`https://${host}` };
};
