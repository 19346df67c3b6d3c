/**
 * Guards around everything that is made at Civo.
 *
 * The provider forgets what it made when a later call of the same creation fails, and Civo isn't known to refuse a second
 * machine or address of the same name. So before anything is created, we look whether it is there; and whatever fails
 * comes with advice. Nothing is tried again by itself: after half a creation that would make a second object.
 */
import * as pulumi from '@pulumi/pulumi';
import { messageOf } from '../../lib/message-of';
import { deleteLeftover } from './leftovers';
import { type CivoAccount, find, type Inputs, isFindable } from './api';
import { adviceOn, type Failure, leftover, unsure } from './failures';
import { sizeProblem } from '../sizes';

/**
 * To be put on a component, or passed on by one: guards all of Civo's resources below it. For a stack that takes a lost
 * one over, what the provider can't import makes way for its like. `name`: no two in a program have the same.
 */
export function civoGuards(
  name: string,
  account: CivoAccount,
  takesOver: boolean,
): pulumi.ResourceTransformation {
  const giveWay = new pulumi.ResourceHook(`${name}-make-way`, async (args) => {
    await deleteLeftover(kindOf(args.type), (args.newInputs ?? {}) as Inputs, account);
  });
  const isThere = new pulumi.ResourceHook(`${name}-is-there`, async (args) => {
    const kind = kindOf(args.type);
    const inputs = (args.newInputs ?? {}) as Inputs;
    if (!isFindable(kind)) return;
    const object = objectOf(inputs, args.name);
    const id = await find(kind, inputs, account).catch((error: unknown) => {
      const message = messageOf(error);
      throw new Error(unsure({ urn: args.urn, kind, operation: 'read', object, message }));
    });
    if (id === undefined) return;
    const handle = kind === 'DnsDomainRecord' ? `${String(inputs.domainId)} ${id}` : object;
    throw new Error(leftover({ kind, object, handle }));
  });
  // In a preview, too: an error in the middle of an `up` comes after the first change.
  const fits = new pulumi.ResourceHook(
    `${name}-disk-fits`,
    async ({ oldInputs, newInputs }) => {
      const problem = await sizeProblem(String(oldInputs?.size), String(newInputs?.size), account);
      if (problem) throw new Error(problem);
    },
    { onDryRun: true },
  );
  const isOffered = new pulumi.ResourceHook(
    `${name}-size-is-offered`,
    async ({ newInputs }) => {
      // In an up Civo refuses it itself, after network and address were made.
      if (!pulumi.runtime.isDryRun()) return;
      // An API that doesn't answer is reported by the step that needs it.
      const unknown = () => undefined;
      const problem = await sizeProblem(undefined, String(newInputs?.size), account).catch(unknown);
      if (problem) throw new Error(`${problem}. Nothing was changed.`);
    },
    { onDryRun: true },
  );
  const advise = new pulumi.ErrorHook(`${name}-advice`, async (args) => {
    const advice = adviceOn({
      urn: args.urn,
      kind: kindOf(args.type),
      operation: args.failedOperation as Failure['operation'],
      object: objectOf(args.newInputs ?? args.oldInputs, args.name),
      message: args.errors[0] ?? '',
    });
    await pulumi.log.error(`${args.name}: ${advice}`);
    return false;
  });
  return ({ type, props, opts }) =>
    type.startsWith('civo:')
      ? {
          props,
          opts: {
            ...opts,
            hooks: {
              beforeCreate: [
                ...(opts.hooks?.beforeCreate ?? []),
                ...(kindOf(type) === 'Instance' ? [isOffered] : []),
                ...(takesOver ? [giveWay] : []),
                isThere,
              ],
              beforeUpdate: kindOf(type) === 'Instance' ? [fits] : [],
              onError: [advise],
            },
          },
        }
      : undefined;
}

const kindOf = (type: string) => type.split(':').at(-1) ?? type;

function objectOf(inputs: Inputs | undefined, fallback: string): string {
  const names = [inputs?.hostname, inputs?.label, inputs?.name];
  return names.find((name): name is string => typeof name === 'string') ?? fallback;
}
