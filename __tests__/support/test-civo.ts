/** A local Civo API for a test, and calls to it as Civo's own client makes them. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  type Backends,
  type CivoApi,
  type CivoOptions,
  NO_TIME,
  paperBackends,
  startCivoApi,
} from '../../local/civo';
import type { CloudState } from '../../local/civo/store-schema';

/** What tests read of the bodies of answers, whatever the kind. A list is read by `list`. */
export interface Body {
  id: string;
  name: string;
  code: string;
  reason: string;
  result: string;
  status: string;
  cidr: string;
  rules: object[];
  instance_count: number;
  ip: string;
  assigned_to: { id: string };
  firewall_id: string;
  private_ip: string;
  public_ip: string;
  initial_password: string;
  notes: string;
  tags: string[];
  script: string;
  user_script: string;
  access_key_id: string;
  secret_access_key_id: string;
  max_size: number;
  owner_info: { access_key_id: string };
  items: Body[];
  instance_id: string;
  size_gb: number;
  private_ipv4: string;
  password: string;
  pools: { id: string; count: number; instances: object[] }[];
  required_pools: { id: string; count: number; labels: object }[];
  algorithm: string;
  public_ip_address_usage: number;
}

export interface Answer {
  status: number;
  body: Body;
}

export class TestCivo {
  private constructor(
    readonly folder: string,
    private options: CivoOptions,
    public api: CivoApi,
  ) {}

  /** @param earlier the state file of an earlier one, which this one continues from */
  static async start(options: Partial<CivoOptions> = {}, earlier?: string): Promise<TestCivo> {
    const folder = mkdtempSync(join(tmpdir(), 'civo-'));
    if (earlier !== undefined) copyFileSync(earlier, join(folder, 'civo.json'));
    const all: CivoOptions = {
      port: 0,
      stateFile: join(folder, 'civo.json'),
      backends: paperBackends(),
      ...options,
      timings: { ...NO_TIME, ...options.timings },
    };
    return new TestCivo(folder, all, await startCivoApi(all));
  }

  /** Stops the API and starts it again from the same state file. What takes time is reported again, or takes none. */
  async restart(options: Partial<CivoOptions> = {}): Promise<void> {
    await this.api.close();
    this.options = { ...this.options, ...options, timings: { ...NO_TIME, ...options.timings } };
    this.api = await startCivoApi(this.options);
  }

  async stop(): Promise<void> {
    await this.api.close();
    rmSync(this.folder, { recursive: true });
  }

  get stateFile(): string {
    return this.options.stateFile;
  }

  get state(): CloudState {
    return JSON.parse(readFileSync(this.stateFile, 'utf8')) as CloudState;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.api.url + path, {
      method,
      headers: {
        Authorization: 'bearer local',
        'Content-Type': 'application/json',
        // Civo's client says so of bodies that are plain JSON.
        'Content-Encoding': 'gzip',
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  get = (path: string) => this.call('GET', path);
  post = (path: string, body: unknown) => this.call('POST', path, body);
  put = (path: string, body: unknown) => this.call('PUT', path, body);
  delete = (path: string) => this.call('DELETE', path);

  /** An answer that is a plain array. */
  list = async (path: string) => (await this.get(path)).body as unknown as Body[];

  /** A network with its hidden firewall, as the provider makes it. */
  async network(label = 'net'): Promise<string> {
    const { body } = await this.post('/v2/vpc/networks?region=LON1', { label, default: '', cidr_v4: '' });
    await this.post('/v2/vpc/firewalls?region=LON1', { name: `${label}-default`, network_id: body.id });
    return body.id;
  }

  /** An instance of `network`, as the provider asks for it. */
  async instance(network: string, more: Record<string, unknown> = {}): Promise<Answer> {
    const image = (await this.list('/v2/disk_images')).find((one) => one.name === 'debian-13');
    return await this.post('/v2/instances', {
      count: 1,
      hostname: 'web',
      reverse_dns: '',
      size: 'g3.small',
      region: 'LON1',
      public_ip: 'create',
      reserved_ipv4: '',
      private_ipv4: '',
      network_id: network,
      template_id: image?.id,
      source_type: '',
      source_id: '',
      snapshot_id: '',
      initial_user: 'deploy',
      ssh_key_id: '',
      script: '',
      tags: '',
      firewall_id: '',
      attached_volumes: null,
      placement_rule: {},
      ...more,
    });
  }

  /** Polls `path` until `wanted` holds; fails with the last answer after five seconds. */
  async until(path: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
    const end = Date.now() + 5_000;
    for (;;) {
      const answer = await this.get(path);
      if (wanted(answer)) return answer;
      if (Date.now() > end) throw new Error(`${path} stayed at ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Deletes `path`, as soon as it is no longer refused. */
  async untilDeleted(path: string): Promise<void> {
    const end = Date.now() + 5_000;
    for (;;) {
      const { body } = await this.delete(path);
      if (body.result === 'success') return;
      if (Date.now() > end) throw new Error(`${path} was not deleted: ${body.reason}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  active = (id: string) => this.until(`/v2/instances/${id}`, ({ body }) => body.status === 'ACTIVE');
}

/** Paper backends that note every call, as `name(arguments)`. */
export function recordingBackends(): { backends: Backends; calls: string[] } {
  const calls: string[] = [];
  const record = <T extends object>(name: string, target: T): T =>
    new Proxy(target, {
      get: (object, key) => {
        const method = Reflect.get(object, key) as (...given: unknown[]) => unknown;
        return (...given: unknown[]) => {
          calls.push(`${name}.${String(key)}(${given.map((one) => JSON.stringify(one)).join(', ')})`);
          return method(...given);
        };
      },
    });
  const paper = paperBackends();
  return {
    calls,
    backends: {
      machines: record('machines', paper.machines),
      fabric: record('fabric', paper.fabric),
      objectStores: record('objectStores', paper.objectStores),
      dns: record('dns', paper.dns),
    },
  };
}
