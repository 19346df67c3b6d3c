/** What `Pulumi.<stack>.yaml` says of Mastodon, and how it is changed there: every other character stays, comments too. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isScalar, parseDocument } from 'yaml';
import { EXAMPLE_DOMAIN } from '../../settings/examples';
import { mastodon } from '../../settings/mastodon';
import { versionProblem } from '../../settings/mastodon-releases';
import { NAMESPACE } from '../../settings/namespace';
import { OperationError } from '../lib/pulumi-cli';
import type { Pinned } from './compare';

export type Change = Partial<Pick<Pinned, 'version' | 'webDigest' | 'streamingDigest'>>;

const KEYS = ['version', 'webDigest', 'streamingDigest'] as const;
const pathOf = (key: string) => ['config', `${NAMESPACE}mastodon`, key];

/**
 * @returns undefined where the file still has the examples that came with the program
 * @throws OperationError if it has no version or digest that can be compared
 */
export function pinnedIn(file: string): Pinned | undefined {
  const document = parseDocument(textOf(file));
  if (document.errors.length > 0)
    throw new OperationError(`${file} is no YAML: ${document.errors[0]?.message ?? ''}`);
  if (document.getIn(['config', `${NAMESPACE}domain`]) === EXAMPLE_DOMAIN) return undefined;
  const given = (key: string) => {
    const value = document.getIn(pathOf(key));
    return typeof value === 'string' ? value : undefined;
  };
  const { shape } = mastodon.unwrap();
  const wrong = KEYS.filter((key) => {
    const value = given(key);
    if (value === undefined) return true;
    return key === 'version' ? versionProblem(value) !== undefined : !shape[key].safeParse(value).success;
  });
  if (wrong.length > 0) {
    const names = wrong.map((key) => `mastodon.${key}`).join(', ');
    throw new OperationError(`${file} has no ${names} that can be compared: see docs/settings.md.`);
  }
  return {
    version: given('version') ?? '',
    webImage: given('webImage') ?? shape.webImage.parse(undefined),
    webDigest: given('webDigest') ?? '',
    streamingImage: given('streamingImage') ?? shape.streamingImage.parse(undefined),
    streamingDigest: given('streamingDigest') ?? '',
  };
}

function textOf(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  throw new OperationError(`There is no ${file}: name the stack with --stack.`);
}

export function writePinned(file: string, change: Change): void {
  const text = textOf(file);
  writeFileSync(file, changed(file, text, change));
}

/** The text with other values. */
export function changed(file: string, text: string, change: Change): string {
  const document = parseDocument(text);
  const places = KEYS.flatMap((key) => {
    const value = change[key];
    if (value === undefined) return [];
    const node = document.getIn(pathOf(key), true);
    if (
      !isScalar(node) ||
      !node.range ||
      !['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'].includes(node.type ?? '')
    )
      throw new OperationError(`${file}: mastodon.${key} is not on one line; set it by hand to ${value}.`);
    const quote = node.type === 'PLAIN' ? '' : text.charAt(node.range[0]);
    return [{ from: node.range[0], to: node.range[1], value: `${quote}${value}${quote}` }];
  });
  // From the end, so that the other places stay where they are.
  return places
    .sort((one, other) => other.from - one.from)
    .reduce((before, { from, to, value }) => before.slice(0, from) + value + before.slice(to), text);
}
