/** From the body of a `POST /v2/instances` to an instance that is BUILDING. */
import { randomBytes, randomUUID } from 'node:crypto';

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

import { DEFAULT_VOLUME_TYPE, DISK_IMAGES, sizeNamed } from './catalogue';
import type { Cloud } from './cloud';
import { badRequest, conflict, notFound } from './errors';
import { build } from './instance-lifecycle';
import { firewallFor, networkFor, privateAddress, publicAddress } from './placement';
import { requireQuota } from './quota';
import { bodyOf, regionOf, text } from './requests';
import { moveReservedIp, reservedIpNamed } from './reserved-ips';
import type { Instance } from './store-schema';

const InstanceBody = z.object({
  count: z.number().nullish(),
  hostname: text,
  reverse_dns: text,
  size: text,
  public_ip: text,
  reserved_ipv4: text,
  private_ipv4: text,
  network_id: text,
  template_id: text,
  initial_user: text,
  ssh_key_id: text,
  script: text,
  tags: text,
  firewall_id: text,
  volume_type: text,
});
type InstanceBody = z.output<typeof InstanceBody>;

/** [unproven: script-length] Civo documents no limit; this is what user data usually may have. */
const MAX_SCRIPT_BYTES = 16_384;

/** Judges the whole body, then adds the instance and starts its machine. */
export async function createInstance(cloud: Cloud, request: FastifyRequest): Promise<Instance> {
  const { state, settings } = cloud;
  const region = regionOf(request, settings).code;
  const body = bodyOf(request, InstanceBody);
  if ((body.count ?? 1) !== 1)
    throw badRequest('database_instance_create', 'This API makes one instance at a time');
  requireHostname(cloud, region, body.hostname);
  if (body.size === '') throw badRequest('parameter_size_missing', 'No size is given');
  const size = sizeNamed(body.size, 'Instance', settings.withoutSizes);
  const image = DISK_IMAGES.find((candidate) => candidate.id === body.template_id);
  if (!image) throw notFound('database_disk_image_not_found', `There is no disk image ${body.template_id}`);
  const network = networkFor(cloud, region, body.network_id);
  const firewallId = firewallFor(cloud, network, body.firewall_id);
  if (body.ssh_key_id !== '' && !state.sshKeys.some((key) => key.id === body.ssh_key_id)) {
    throw notFound('database_ssh_key_not_found', `There is no SSH key ${body.ssh_key_id}`);
  }
  if (Buffer.byteLength(body.script) > MAX_SCRIPT_BYTES) {
    throw badRequest(
      'database_instance_create',
      `The script is longer than ${String(MAX_SCRIPT_BYTES)} bytes`,
    );
  }
  const reserved = body.reserved_ipv4 === '' ? undefined : reservedIpNamed(cloud, region, body.reserved_ipv4);
  // A network's first instance gets a public address even where "none" was asked for: the provider's issue 357.
  const first = !state.instances.some((instance) => instance.network_id === network.id);
  const dynamic = !reserved && (first || !['none', 'false'].includes(body.public_ip));
  requireQuota(cloud, {
    instance_count: 1,
    cpu_core: size.cpu_cores,
    ram_mb: size.ram_mb,
    disk_gb: size.disk_gb,
    public_ip_address: dynamic ? 1 : 0,
  });

  const instance: Instance = {
    id: randomUUID(),
    region,
    hostname: body.hostname,
    reverse_dns: body.reverse_dns,
    size: size.name,
    network_id: network.id,
    firewall_id: firewallId,
    private_ip: privateAddress(cloud, network, body.private_ipv4),
    public_ip: dynamic ? publicAddress(cloud) : '',
    source_id: image.name,
    initial_user: body.initial_user || 'civo',
    // Only without an SSH key, as Civo's docs say.
    initial_password: body.ssh_key_id === '' ? randomBytes(12).toString('base64url') : '',
    ssh_key_id: body.ssh_key_id,
    status: 'BUILDING',
    notes: '',
    tags: tagsOf(body.tags),
    script: body.script,
    volume_type: body.volume_type || DEFAULT_VOLUME_TYPE,
    created_at: cloud.now(),
    allowed_ips: [],
    network_bandwidth_limit: 0,
    recovery: false,
  };
  state.instances.push(instance);
  // One that another instance has moves at once (Civo's docs, networking/reserved-ip).
  if (reserved) await moveReservedIp(cloud, reserved, instance);
  build(cloud, instance);
  return instance;
}

/**
 * @throws unless `hostname` is one and free. [unproven: duplicate-hostnames] Civo's client knows a code for it; whether
 * the API gives it was not tried. It means that an instance can't have its replacement's name.
 */
export function requireHostname(cloud: Cloud, region: string, hostname: string): void {
  if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i.test(hostname)) {
    throw badRequest(
      'parameter_name_invalid',
      `${hostname} is not a hostname: up to 63 letters, digits, dashes and dots, alphanumeric at both ends`,
    );
  }
  if (
    cloud.state.instances.some((instance) => instance.region === region && instance.hostname === hostname)
  ) {
    throw conflict('database_instance_duplicate_name', `There is an instance ${hostname} already`);
  }
}

/** `tags` as the wire has them: one string, so a tag with a space in it becomes two. */
export function tagsOf(tags: string): string[] {
  return tags.split(/\s+/).filter((tag) => tag !== '');
}
