import { randomUUID } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Cloud } from '../cloud';
import { badRequest, CivoError, conflict, notFound } from '../errors';
import { messageOf } from '../jobs';
import { bodyOf, pathPart, required } from '../requests';
import type { DnsDomain, DnsRecordEntry } from '../store-schema';

const RecordBody = z.object({
  type: required,
  name: z.string(),
  value: required,
  priority: z.number().int().nullish(),
  ttl: z.number().int().nullish(),
});

const TYPES = ['A', 'CNAME', 'MX', 'TXT', 'SRV', 'NS'];
const LABELS = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;

/** DNS domains and records: of the account, in no region. */
export function dnsRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { state } = cloud;

  const find = (request: FastifyRequest) => {
    const id = pathPart(request, 'id');
    const domain = state.dnsDomains.find((candidate) => candidate.id === id);
    if (!domain) throw notFound('database_dns_domain_not_found', `There is no DNS domain ${id}`);
    return domain;
  };
  const findRecord = (domain: DnsDomain, request: FastifyRequest) => {
    const id = pathPart(request, 'record');
    const record = domain.records.find((candidate) => candidate.id === id);
    if (!record)
      throw notFound('database_dns_record_not_found', `There is no record ${id} in ${domain.name}`);
    return record;
  };
  const view = ({ id, name }: DnsDomain) => ({ id, account_id: state.accountId, name });
  // [unproven: record-names] Names come back as they were sent. If Civo reported full names, every plan would differ.
  const viewRecord = (domain: DnsDomain, record: DnsRecordEntry) => ({
    ...record,
    account_id: state.accountId,
    domain_id: domain.id,
  });
  const publish = async () => {
    try {
      await cloud.applyDns();
    } catch (error) {
      throw new CivoError(500, 'database_dns_record_update', messageOf(error));
    }
  };

  const domainName = (request: FastifyRequest) => {
    const { name } = bodyOf(request, z.object({ name: required }));
    if (!LABELS.test(name)) throw badRequest('database_dns_domain_invalid', `${name} is not a domain name`);
    if (state.dnsDomains.some((domain) => domain.name === name)) {
      throw conflict('database_dns_domain_duplicate_name', `There is a DNS domain ${name} already`);
    }
    return name;
  };

  app.get('/v2/dns', () => state.dnsDomains.map(view));

  app.get('/v2/dns/:id', (request) => view(find(request)));

  app.post('/v2/dns', async (request) => {
    const domain: DnsDomain = { id: randomUUID(), name: domainName(request), records: [] };
    state.dnsDomains.push(domain);
    await publish();
    return view(domain);
  });

  app.put('/v2/dns/:id', async (request) => {
    const domain = find(request);
    domain.name = domainName(request);
    await publish();
    return view(domain);
  });

  app.delete('/v2/dns/:id', async (request) => {
    const domain = find(request);
    state.dnsDomains = state.dnsDomains.filter((candidate) => candidate !== domain);
    await publish();
    return { id: domain.id, result: 'success' };
  });

  app.get('/v2/dns/:id/records', (request) => {
    const domain = find(request);
    return domain.records.map((record) => viewRecord(domain, record));
  });

  app.get('/v2/dns/:id/records/:record', (request) => {
    const domain = find(request);
    return viewRecord(domain, findRecord(domain, request));
  });

  app.post('/v2/dns/:id/records', async (request) => {
    const domain = find(request);
    const now = cloud.now();
    const record: DnsRecordEntry = {
      id: randomUUID(),
      ...recordFields(request, domain),
      created_at: now,
      updated_at: now,
    };
    domain.records.push(record);
    await publish();
    return viewRecord(domain, record);
  });

  app.put('/v2/dns/:id/records/:record', async (request) => {
    const domain = find(request);
    const record = findRecord(domain, request);
    Object.assign(record, recordFields(request, domain), { updated_at: cloud.now() });
    await publish();
    return viewRecord(domain, record);
  });

  app.delete('/v2/dns/:id/records/:record', async (request) => {
    const domain = find(request);
    const record = findRecord(domain, request);
    domain.records = domain.records.filter((candidate) => candidate !== record);
    await publish();
    return { id: record.id, result: 'success' };
  });
}

function recordFields(request: FastifyRequest, domain: DnsDomain) {
  const body = bodyOf(request, RecordBody);
  // It comes back as it was sent: what the provider writes into the state is what the program asked for.
  const { type } = body;
  if (!TYPES.includes(type.toUpperCase())) {
    throw badRequest('parameter_dns_record_type', `${body.type} is none of ${TYPES.join(', ')}`);
  }
  // [unproven: apex-record] The provider's documentation says so of A records, which can't be meant: then no site
  // could have its domain's own name.
  if (type.toUpperCase() === 'CNAME' && ['', '@', domain.name].includes(body.name)) {
    throw badRequest('parameter_dns_record_cname_apex', 'The domain itself cannot be a CNAME');
  }
  return {
    name: body.name,
    value: body.value,
    type,
    priority: body.priority ?? 0,
    ttl: body.ttl ?? 600,
  };
}
