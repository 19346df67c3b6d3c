/** Changes outside of the API, as another person makes them in Civo's dashboard. */
import type { Cloud } from '../cloud';
import { notFound } from '../errors';
import { remove } from '../instance-lifecycle';
import type { KINDS } from './fault';

export interface Target {
  kind: (typeof KINDS)[number];
  /** Id, or name, label, hostname. */
  name: string;
}

type Thing = Record<string, unknown> & { id: string };

/** @throws a 404 if there is no such object. */
export async function removeObject(cloud: Cloud, target: Target): Promise<void> {
  const thing = find(cloud, target);
  const instance = cloud.state.instances.find(({ id }) => id === thing.id);
  if (instance) {
    remove(cloud, instance);
    await cloud.jobs.run(`instance ${instance.id}`, () => Promise.resolve());
  } else {
    const things = cloud.state[target.kind] as unknown[];
    things.splice(things.indexOf(thing), 1);
  }
  await settle(cloud);
}

/** @throws a 404 if there is no such object. */
export async function changeObject(
  cloud: Cloud,
  target: Target & { to: Record<string, unknown> },
): Promise<void> {
  Object.assign(find(cloud, target), target.to);
  await settle(cloud);
}

function find(cloud: Cloud, { kind, name }: Target): Thing {
  const things = cloud.state[kind] as unknown as Thing[];
  const thing = things.find((one) => [one.id, one.name, one.label, one.hostname].includes(name));
  if (!thing) throw notFound('no_such_object', `There is nothing called ${name} among ${kind}`);
  return thing;
}

/** What is real behind the API follows. */
async function settle(cloud: Cloud): Promise<void> {
  cloud.save();
  await Promise.all(cloud.state.instances.map((instance) => cloud.applyAddress(instance.private_ip)));
  await cloud.applyDns();
}
