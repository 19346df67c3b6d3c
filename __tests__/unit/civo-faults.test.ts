import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PRESETS } from '../../local/civo/faults/fault';
import { readScenario } from '../../local/civo/faults/scenario';
import { TestCivo } from '../support/test-civo';

let civo: TestCivo;
beforeEach(async () => (civo = await TestCivo.start()));
afterEach(() => civo.stop());

const key = (name = 'deploy') => civo.post('/v2/sshkeys', { name, public_key: PUBLIC_KEY });
const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Kb8Z7Ly0bW1ovKzIfOEA3Xn4mRr5c0QGXCT2BqTQd test';
const log = () =>
  civo.api.requests.map(({ method, path, status, fault }) => ({ method, path, status, fault }));

describe('a fault', () => {
  test('hits the call that it waits for, once, and shows in the log', async () => {
    civo.api.fault({
      on: 'POST /v2/sshkeys',
      effect: PRESETS['quota-reached'],
      name: 'no room',
    });
    expect((await civo.get('/v2/sshkeys')).status).toBe(200);
    expect(await key()).toMatchObject({
      status: 403,
      body: { code: 'quota_limit_reached', result: 'failed' },
    });
    expect((await key()).status).toBe(200);
    expect(log()).toMatchObject([
      { fault: undefined },
      { status: 403, fault: 'no room' },
      { fault: undefined },
    ]);
  });

  test('lets calls pass first, hits as often as asked, and ends when it is lifted', async () => {
    civo.api.fault({ on: '* /v2/*', after: 1, times: 2, effect: PRESETS['server-error'] });
    const statuses = async (n: number) => {
      const seen = [];
      for (let i = 0; i < n; i += 1) seen.push((await civo.get('/v2/quota')).status);
      return seen;
    };
    expect(await statuses(4)).toEqual([200, 500, 500, 200]);
    civo.api.fault({ times: 100, effect: PRESETS['rate-limited'] });
    expect(await statuses(1)).toEqual([429]);
    civo.api.liftFaults();
    expect(await statuses(1)).toEqual([200]);
  });

  test('can stay with the first of its calls that it hits', async () => {
    const on = ['GET /v2/quota', 'GET /v2/regions'];
    civo.api.fault({ on, sticks: true, times: 10, effect: PRESETS['server-error'] });
    expect((await civo.get('/v2/regions')).status).toBe(500);
    expect((await civo.get('/v2/quota')).status).toBe(200);
    expect((await civo.get('/v2/regions')).status).toBe(500);
  });

  test('can be for one client only', async () => {
    civo.api.fault({ agent: 'civogo', effect: PRESETS['server-error'] });
    expect((await civo.get('/v2/quota')).status).toBe(200);
    const provider = { 'User-Agent': 'terraform-provider-civo/1.2.6 civogo/0.7.2' };
    expect((await civo.call('GET', '/v2/quota', undefined, provider)).status).toBe(500);
  });

  test('of some seconds is over after them, counted from its first hit', async () => {
    civo.api.fault({ seconds: 0.2, effect: PRESETS.unavailable });
    await expect(civo.get('/v2/quota')).rejects.toThrow('not valid JSON');
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await civo.get('/v2/quota')).status).toBe(200);
  });

  test('can break the client’s rules: a reason that is null', async () => {
    civo.api.fault({ effect: PRESETS['null-reason'] });
    expect((await civo.get('/v2/quota')).body).toEqual({
      code: 'internal_error',
      reason: null,
      result: 'failed',
    });
  });

  test('can cut the connection before the work, or behind it', async () => {
    civo.api.fault({ on: 'POST /v2/**', effect: PRESETS.reset });
    await expect(key('first')).rejects.toThrow('fetch failed');
    civo.api.fault({ on: 'POST /v2/**', effect: PRESETS['lost-answer'] });
    await expect(key('second')).rejects.toThrow('fetch failed');
    expect(civo.state.sshKeys.map(({ name }) => name)).toEqual(['second']);
    expect(log()).toMatchObject([
      { status: 0, fault: 'connection reset' },
      { status: 0, fault: 'answer lost' },
    ]);
  });

  test('can leave a call without an answer until it is lifted', async () => {
    civo.api.fault({ effect: PRESETS.hang });
    let over = false;
    const hanging = civo.get('/v2/quota').finally(() => (over = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(over).toBe(false);
    civo.api.liftFaults();
    await expect(hanging).rejects.toThrow('fetch failed');
  });

  test('can be late', async () => {
    civo.api.fault({ effect: { delay: 0.2 } });
    const start = performance.now();
    expect((await civo.get('/v2/quota')).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(190);
  });

  test('can show objects otherwise than they are: stuck in a state, without an address', async () => {
    const { body } = await civo.instance(await civo.network());
    await civo.active(body.id);
    civo.api.fault({ on: '* /v2/instances/*', effect: { show: { status: 'BUILDING', public_ip: '' } } });
    civo.api.fault({ on: '* /v2/instances', effect: { show: { public_ip: '' } } });
    expect((await civo.get(`/v2/instances/${body.id}`)).body).toMatchObject({
      status: 'BUILDING',
      public_ip: '',
    });
    expect((await civo.get('/v2/instances')).body.items).toMatchObject([{ status: 'ACTIVE', public_ip: '' }]);
    expect((await civo.get(`/v2/instances/${body.id}`)).body).toMatchObject({ status: 'ACTIVE' });
  });

  test('can remove and change things behind the caller’s back', async () => {
    await key();
    const network = await civo.network();
    const { body } = await civo.instance(network);
    await civo.active(body.id);
    civo.api.fault({ on: '* /v2/sshkeys', effect: { remove: { kind: 'sshKeys', name: 'deploy' } } });
    civo.api.fault({
      on: '* /v2/instances/*',
      effect: { change: { kind: 'instances', name: 'web', to: { notes: 'mine' } } },
    });
    civo.api.fault({ on: '* /v2/instances', effect: { remove: { kind: 'instances', name: body.id } } });
    expect(await civo.list('/v2/sshkeys')).toEqual([]);
    expect((await civo.get(`/v2/instances/${body.id}`)).body.notes).toBe('mine');
    expect((await civo.get('/v2/instances')).body.items).toEqual([]);
    expect(civo.state.instances).toEqual([]);
  });
});

describe('the control API', () => {
  const local = async (method: string, path: string, body?: object) => {
    const response = await fetch(civo.api.url + path, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as object };
  };

  test('takes, lists and lifts faults, without a token', async () => {
    const { status, body } = await local('POST', '/local/faults', {
      on: '* /v2/quota',
      effect: 'unauthorized',
    });
    expect({ status, body }).toMatchObject({ status: 201, body: { id: 1, name: 'unauthorized', fired: 0 } });
    expect((await civo.get('/v2/quota')).body.code).toBe('database_account_not_found');
    expect((await local('GET', '/local/faults')).body).toMatchObject([{ id: 1, met: 1, fired: 1 }]);
    expect((await local('DELETE', '/local/faults/7')).status).toBe(404);
    expect((await local('DELETE', '/local/faults/1')).body).toEqual({ lifted: 1 });
    expect((await local('GET', '/local/faults')).body).toEqual([]);
  });

  test.each([
    [{ effect: 'flood' }, 'effect: expected one of unauthorized, rate-limited'],
    [{ effect: 'reset', onn: '/v2/x' }, 'Unrecognized key: "onn"'],
    [{ effect: 'reset', on: 'quota' }, 'on: expected a method (or *) and a path'],
    [{ effect: 'reset', times: 0 }, 'times: Too small'],
    [{}, 'effect'],
  ])('refuses %j and says what is wrong', async (fault, problem) => {
    const { status, body } = await local('POST', '/local/faults', fault);
    expect(status).toBe(400);
    expect((body as { reason: string }).reason).toContain(problem);
  });
});

describe('a scenario file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'scenario-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (content: string) => {
    const path = join(folder, 'scenario.yaml');
    writeFileSync(path, content);
    return path;
  };

  test('has faults that stand from the start: the example', async () => {
    const scenario = readScenario(join(__dirname, '../../local/civo/faults/example.yaml'));
    await civo.restart({ scenario });
    const network = await civo.network();
    expect((await civo.instance(network)).body.code).toBe('out_of_capacity');
    const { body } = await civo.instance(network);
    const shown = [];
    for (let i = 0; i < 4; i += 1) shown.push((await civo.get(`/v2/instances/${body.id}`)).body.public_ip);
    expect(shown).toEqual(['', '', '', '203.0.113.20']);
    await expect(civo.post('/v2/objectstores', { name: 'media', max_size_gb: 500 })).rejects.toThrow();
    expect(civo.state.objectStores).toMatchObject([{ name: 'media' }]);
  });

  test('that is wrong is refused with its name and every problem', () => {
    const path = file('faults:\n  - { effect: storm }\n  - { effect: reset, seconds: -1 }\n');
    expect(() => readScenario(path)).toThrow(`${path}: faults.0.effect: expected one of`);
    expect(() => readScenario(path)).toThrow('faults.1.seconds: Too small');
    expect(() => readScenario(file('faults: ['))).toThrow('scenario.yaml:');
    expect(() => readScenario(join(folder, 'none.yaml'))).toThrow('no such file');
  });
});
