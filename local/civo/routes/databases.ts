import { randomBytes, randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { DATABASE_VERSIONS, sizeNamed } from '../catalogue';
import type { Cloud } from '../cloud';
import { badRequest, conflict, notFound } from '../errors';
import { page } from '../paging';
import { linger } from '../usage';
import { firewallFor, networkFor, privateAddress, publicAddress } from '../placement';
import { requireQuota } from '../quota';
import { bodyOf, pathPart, regionOf, required, text } from '../requests';
import type { Database } from '../store-schema';

const DatabaseBody = z.object({
  name: required,
  size: required,
  software: required,
  software_version: text,
  network_id: text,
  nodes: z.number().nullish(),
  firewall_id: text,
});

/** Managed databases. They are on paper: nothing listens at their addresses. */
export function databaseRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state, settings } = cloud;

  const list = (request: FastifyRequest) => {
    const region = regionOf(request, settings);
    return state.databases.filter((database) => database.region === region.code);
  };
  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const database = list(request).find((candidate) => candidate.id === id);
    if (!database) throw notFound('database_database_not_found', `There is no database ${id}`);
    return database;
  };

  // In any case of letters, as Civo's client finds them so.
  const requireFreeName = (wanted: string) => {
    if (state.databases.some(({ name }) => name.toLowerCase() === wanted.toLowerCase())) {
      throw conflict('database_duplicate_name', `There is a database ${wanted} already`);
    }
  };

  app.get('/v2/databases/versions', () =>
    Object.fromEntries(
      Object.entries(DATABASE_VERSIONS).map(([software, versions]) => [
        software,
        versions.map((version, i) => ({ software_version: version, default: i === 0 })),
      ]),
    ),
  );

  app.get('/v2/databases', (request) => page(request, list(request).map(view), settings.maxPageSize));

  app.get('/v2/databases/:id', (request) => view(find(request)));

  app.post('/v2/databases', (request) => {
    const body = bodyOf(request, DatabaseBody);
    const region = regionOf(request, settings).code;
    const versions = DATABASE_VERSIONS[body.software];
    if (!versions)
      throw badRequest('database_create_invalid_software', `There is no engine ${body.software}`);
    const version = body.software_version || (versions[0] ?? '');
    if (!versions.includes(version)) {
      throw badRequest('database_create_invalid_version', `There is no ${body.software} ${version}`);
    }
    const size = sizeNamed(body.size, 'Database');
    const nodes = body.nodes ?? 1;
    if (!Number.isInteger(nodes) || nodes < 1)
      throw badRequest('database_create_invalid_nodes', 'nodes: 1 or more');
    const network = networkFor(cloud, region, body.network_id);
    const firewallId = firewallFor(cloud, network, body.firewall_id);
    requireFreeName(body.name);
    requireQuota(cloud, {
      database_count: 1,
      database_cpu_core: nodes * size.cpu_cores,
      database_ram_mb: nodes * size.ram_mb,
      database_disk_gb: nodes * size.disk_gb,
      public_ip_address: 1,
    });
    const database: Database = {
      id: randomUUID(),
      region,
      name: body.name,
      nodes,
      size: size.name,
      software: body.software,
      software_version: version,
      public_ipv4: publicAddress(cloud),
      private_ipv4: privateAddress(cloud, network, ''),
      network_id: network.id,
      firewall_id: firewallId,
      port: body.software === 'MySQL' ? 3306 : 5432,
      username: 'civo',
      password: randomBytes(16).toString('base64url'),
      status: 'Pending',
    };
    state.databases.push(database);
    makeReady(cloud, database);
    return view(database);
  });

  app.put('/v2/databases/:id', (request) => {
    const body = bodyOf(request, z.object({ name: text, nodes: z.number().nullish(), firewall_id: text }));
    const database = find(request);
    if (body.firewall_id !== '') {
      const network = networkFor(cloud, database.region, database.network_id);
      database.firewall_id = firewallFor(cloud, network, body.firewall_id);
    }
    if (body.name !== '' && body.name !== database.name) {
      requireFreeName(body.name);
      database.name = body.name;
    }
    if (body.nodes) {
      const size = sizeNamed(database.size, 'Database');
      const more = body.nodes - database.nodes;
      requireQuota(cloud, {
        database_cpu_core: more * size.cpu_cores,
        database_ram_mb: more * size.ram_mb,
        database_disk_gb: more * size.disk_gb,
      });
      database.nodes = body.nodes;
    }
    return view(database);
  });

  app.delete('/v2/databases/:id', (request) => {
    const database = find(request);
    state.databases = state.databases.filter((candidate) => candidate !== database);
    // [unproven: database-deletion] Gone to its callers at once; network and firewall count it for a while longer.
    linger(cloud, 'database', database);
    return { id: database.id, result: 'success' };
  });
}

/** Finishes, after a restart, what was under way. */
export function resumeDatabases(cloud: Cloud): void {
  for (const database of cloud.state.databases) {
    if (database.status === 'Pending') makeReady(cloud, database);
  }
}

function makeReady(cloud: Cloud, database: Database): void {
  cloud.jobs.start(`database ${database.id}`, `database ${database.name}`, async () => {
    await cloud.jobs.wait(cloud.settings.timings.databasePending);
    database.status = 'Ready';
    cloud.save();
  });
}

function view(database: Database) {
  const { username, password, port } = database;
  return {
    ...database,
    database_user_info: [{ username, password, port }],
    dns_entry: `${database.id}.db.civo.com`,
  };
}
