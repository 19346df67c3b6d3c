import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Cloud } from '../cloud';
import type { Faults, StandingFault } from '../faults/faults';
import { usage } from '../quota';
import type { LoggedRequest } from '../requests';
import type { Firewall, Instance } from '../store-schema';
import { Html, html } from './html';

export interface Shown {
  cloud: Cloud;
  faults: Faults;
  requests: readonly LoggedRequest[];
}

const STYLE = readFileSync(join(__dirname, 'style.css'), 'utf8');
const LAST_REQUESTS = 60;

/** Asks for the content each second and shows it where it has changed; what is selected or scrolled stays. */
const LIVE = `
let shown = document.querySelector('main').innerHTML;
setInterval(async () => {
  const main = document.querySelector('main');
  const answer = await fetch('/local/dashboard').catch(() => undefined);
  document.querySelector('#live').textContent = answer ? 'live' : 'the local Civo does not answer';
  const next = answer && (await answer.text());
  if (!next || next === shown || !document.getSelection().isCollapsed) return;
  const scrolled = main.querySelector('.log').scrollTop;
  main.innerHTML = shown = next;
  main.querySelector('.log').scrollTop = scrolled;
}, 1000);`;

/** The whole page. */
export function page(shown: Shown): string {
  const { settings } = shown.cloud;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Local Civo</title>
        <style>
          ${new Html(STYLE)}
        </style>
        <noscript><meta http-equiv="refresh" content="2" /></noscript>
      </head>
      <body>
        <header>
          <h1>Local Civo</h1>
          <p>${settings.about} Not Civo: nothing here costs or reaches anything.</p>
          <p id="live" role="status"></p>
        </header>
        <main>${new Html(content(shown))}</main>
        <script>
          ${new Html(LIVE)};
        </script>
      </body>
    </html>`.text;
}

/** What changes of it. */
export function content({ cloud, faults, requests }: Shown): string {
  const { state } = cloud;
  return html`${machines(cloud)} ${standingFaults(faults.list)} ${log(requests)}
  ${table(
    'Buckets',
    ['Name', 'Region', 'Size', 'State', 'Opened by'],
    state.objectStores.map((store) => [
      store.name,
      store.region,
      `${String(store.max_size)} GB`,
      stateOf(store.status),
      state.objectStoreCredentials.find(({ id }) => id === store.credentialId)?.name,
    ]),
  )}
  ${table(
    'Addresses',
    ['Address', 'Name', 'Of'],
    state.reservedIps.map((ip) => [
      html`<code>${ip.allocated ? ip.address : '…'}</code>`,
      ip.name,
      state.instances.find(({ id }) => id === ip.assignedTo)?.hostname ?? quiet('nobody'),
    ]),
  )}
  ${table(
    'DNS',
    ['Name', 'Type', 'Value', 'TTL'],
    state.dnsDomains.flatMap((domain) =>
      domain.records.map((record) => [
        record.name === '@' ? domain.name : `${record.name}.${domain.name}`,
        record.type,
        html`<code>${record.value}</code>`,
        `${String(record.ttl)} s`,
      ]),
    ),
  )}
  ${others(cloud)} ${firewalls(cloud)} ${quota(cloud)}`.text;
}

function machines(cloud: Cloud): Html {
  const firewall = ({ firewall_id: id }: Instance) => cloud.state.firewalls.find((one) => one.id === id);
  return table(
    'Machines',
    ['Name', 'State', 'Size', 'Image', 'Public address', 'Private address', 'Firewall'],
    cloud.state.instances.map((instance) => {
      const wall = firewall(instance);
      return [
        html`<strong>${instance.hostname}</strong>`,
        stateOf(instance.status),
        instance.resizingTo ? `${instance.size} → ${instance.resizingTo}` : instance.size,
        instance.source_id,
        html`<code>${instance.public_ip || 'none'}</code>`,
        html`<code>${instance.private_ip}</code>`,
        wall?.networkDefault ? html`<span class="bad">${wall.name}: all open</span>` : wall?.name,
      ];
    }),
    'wide',
  );
}

function firewalls(cloud: Cloud): Html {
  const own = cloud.state.firewalls.filter(({ networkDefault }) => !networkDefault);
  const rows = own.flatMap((firewall: Firewall) =>
    firewall.rules.map((rule) => [
      firewall.name,
      rule.label,
      rule.direction === 'ingress' ? 'in' : 'out',
      `${rule.protocol} ${rule.ports}`,
      html`<code>${rule.cidr.join(' ')}</code>`,
      rule.action,
    ]),
  );
  return table('Firewall rules', ['Firewall', 'Label', 'Way', 'What', 'Whom', ''], rows, 'wide');
}

/** Kinds that have no table of their own, by what all have. */
function others({ state }: Cloud): Html {
  const rows = [
    ...state.networks.filter((network) => !network.default).map((one) => ['network', one.label, one.cidr]),
    ...state.subnets.map((one) => ['subnet', one.name, '']),
    ...state.sshKeys.map((one) => ['SSH key', one.name, html`<code>${one.fingerprint}</code>`]),
    ...state.objectStoreCredentials.map((one) => ['credential', one.name, stateOf(one.status)]),
    ...state.volumes.map((one) => ['volume', one.name, stateOf(one.status)]),
    ...state.databases.map((one) => ['database', one.name, stateOf(one.status)]),
    ...state.clusters.map((one) => ['cluster', one.name, stateOf(one.status)]),
    ...state.loadBalancers.map((one) => ['load balancer', one.name, stateOf(one.state)]),
  ];
  return table('Everything else', ['Kind', 'Name', ''], rows);
}

function quota(cloud: Cloud): Html {
  const limits: Readonly<Record<string, number>> = { ...cloud.settings.quota };
  const used = Object.entries({ ...usage(cloud) }).filter(([, amount]) => amount > 0);
  const bars = used.map(([name, amount]) => {
    const limit = limits[name] ?? 0;
    return html`<div>
      <label for="${name}">${name.replaceAll('_', ' ')}: ${amount} of ${limit}</label>
      <meter id="${name}" max="${limit}" high="${limit * 0.8}" value="${amount}"></meter>
    </div>`;
  });
  return html`<section>
    <h2>Quota</h2>
    ${bars.length > 0 ? html`<div class="quota">${bars}</div>` : none()}
  </section>`;
}

function standingFaults(faults: readonly StandingFault[]): Html | undefined {
  if (faults.length === 0) return undefined;
  return table(
    'Faults on demand',
    ['Fault', 'Waits for', 'Hit'],
    faults.map(({ name, on, fired }) => [
      html`<span class="fault">${name}</span>`,
      html`<code>${[on].flat().join(', ')}</code>`,
      `${String(fired)} ×`,
    ]),
    'wide',
  );
}

function log(requests: readonly LoggedRequest[]): Html {
  const rows = requests.slice(-LAST_REQUESTS).reverse();
  return table(
    html`Requests <small>the last ${rows.length} of ${requests.length}</small>`,
    ['Time', 'Call', 'Answer', 'Fault'],
    rows.map(({ at, method, path, status, ms, fault }) => [
      html`<code>${at.slice(11, 23)}</code>`,
      html`<code>${method} ${path}</code>`,
      html`<span class="${status === 0 || status >= 300 ? 'bad' : 'quiet'}"
          >${status === 0 ? 'none' : status}</span
        >
        <span class="quiet">${ms} ms</span>`,
      fault !== undefined && html`<span class="fault">${fault}</span>`,
    ]),
    'wide log',
  );
}

type Cell = string | Html | undefined | false;

function table(
  title: string | Html,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  kind = '',
): Html {
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  return html`<section class="${kind}">
    <h2>${title}</h2>
    ${
      rows.length === 0
        ? none()
        : html`<table>
            <thead>
              <tr>
                ${head.map((name) => html`<th scope="col">${name}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${body}
            </tbody>
          </table>`
    }
  </section>`;
}

const none = () => html`<p class="empty">None.</p>`;
const quiet = (text: string) => html`<span class="quiet">${text}</span>`;

const GOOD = ['active', 'ready', 'available', 'attached'];
const BAD = ['failed', 'shutoff'];

function stateOf(status: string): Html {
  const lower = status.toLowerCase();
  const mood = GOOD.includes(lower) ? 'good' : BAD.includes(lower) ? 'bad' : 'busy';
  return html`<span class="state ${mood}">${status}</span>`;
}
