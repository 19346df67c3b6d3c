import { deleteLeftover } from '../../components/civo/leftovers';
import { TestCivo } from '../support/test-civo';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfQHdnAKTs/wjLH/dTwGSFgVTlVGQRmJt39XmSsRm0S';
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuMhSYUjNjm2vVuXHwIxPyV8mA6yxzWzTVjMyETEy1X';

let civo: TestCivo;
const account = () => ({ endpoint: civo.api.url, region: 'LON1' });
const { CIVO_TOKEN } = process.env;

beforeEach(async () => {
  civo = await TestCivo.start();
  process.env.CIVO_TOKEN = civo.api.token;
});

afterEach(async () => {
  if (CIVO_TOKEN === undefined) delete process.env.CIVO_TOKEN;
  else process.env.CIVO_TOKEN = CIVO_TOKEN;
  await civo.stop();
});

describe('when a lost stack is taken over', () => {
  test('an SSH key makes way for the same key, and for no other', async () => {
    await civo.post('/v2/sshkeys', { name: 'mastodon-prod', public_key: `${KEY} deploy` });
    await deleteLeftover('SshKey', { name: 'mastodon-prod', publicKey: OTHER }, account());
    await deleteLeftover('SshKey', { name: 'mastodon-test', publicKey: KEY }, account());
    expect(civo.state.sshKeys).toHaveLength(1);
    await deleteLeftover('SshKey', { name: 'mastodon-prod', publicKey: `${KEY}\n` }, account());
    expect(civo.state.sshKeys).toEqual([]);
  });

  test('the address is let go by the machine that gets it again, and by no other', async () => {
    const network = await civo.network();
    const instanceId = (await civo.instance(network)).body.id;
    await civo.active(instanceId);
    const reservedIpId = (await civo.post('/v2/ips', { name: 'mastodon-prod' })).body.id;
    await civo.post(`/v2/ips/${reservedIpId}/actions`, {
      action: 'assign',
      assign_to_id: instanceId,
      assign_to_type: 'instance',
    });
    const holder = () => civo.state.reservedIps[0]?.assignedTo;
    await civo.until(`/v2/ips/${reservedIpId}`, ({ body }) => body.assigned_to.id === instanceId);

    await deleteLeftover('InstanceReservedIpAssignment', { instanceId: 'another', reservedIpId }, account());
    expect(holder()).toBe(instanceId);
    await deleteLeftover('InstanceReservedIpAssignment', { instanceId, reservedIpId }, account());
    expect(holder()).toBeNull();
  });

  test('nothing else makes way', async () => {
    await civo.network();
    const before = civo.state;
    for (const kind of ['Network', 'Instance', 'ObjectStore'])
      await deleteLeftover(kind, { label: 'net', name: 'net' }, account());
    expect(civo.state).toEqual(before);
  });
});
