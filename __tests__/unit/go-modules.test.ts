import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Module → version that a go.mod requires. */
function versions(name: string): Map<string, string> {
  const manifest = readFileSync(join(__dirname, '../../local/toolchain/go', name, 'go.mod'), 'utf8');
  return new Map(
    [...manifest.matchAll(/^\t?(?:require )?(\S+) (v\S+)/gm)].map(([, path, version]) => [
      path ?? '',
      version ?? '',
    ]),
  );
}

test('what the Civo provider shares with the other tools has their versions, and is compiled once', () => {
  const tools = versions('tools');
  const shared = [...versions('provider-civo')].filter(([path]) => tools.has(path));
  expect(shared.length).toBeGreaterThan(30);
  // The bridge needs Pulumi's fork of this one, whatever version is named.
  const compared = shared.filter(([path]) => path !== 'github.com/hashicorp/terraform-plugin-sdk/v2');
  expect(Object.fromEntries(compared)).toEqual(
    Object.fromEntries(compared.map(([path]) => [path, tools.get(path)])),
  );
});

test("the stand-ins' own dependencies are those of the tools", () => {
  const tools = versions('tools');
  for (const name of ['stand-ins/google-storage', 'stand-ins/openapi']) {
    for (const [path, version] of versions(name)) expect([path, version]).toEqual([path, tools.get(path)]);
  }
});
