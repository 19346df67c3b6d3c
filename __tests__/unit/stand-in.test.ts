import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readDigest, storeLayer, readLayer, writeImage, writeLayer } from '../../local/stand-in/oci';
import { PACKAGES, streamingConfig, webConfig } from '../../local/stand-in/recipe';
import { chooseImages } from '../../local/stand-in/source';
import { programFiles } from '../../local/stand-in/stand-in';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'standin-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the OCI image layout', () => {
  const build = async (name: string) => {
    const layer = await writeLayer(
      Readable.from([Buffer.from('a tar archive')]),
      join(folder, `${name}.tar.gz`),
    );
    return writeImage(join(folder, name), '1.0', [layer], webConfig);
  };

  test('equal content gives an equal digest', async () => {
    expect(await build('one')).toBe(await build('two'));
  });

  test('every blob that index, manifest and configuration name is there, with its size', async () => {
    const digest = await build('image');
    const layout = join(folder, 'image');
    const blob = (name: string) => readFileSync(join(layout, 'blobs', 'sha256', name.replace('sha256:', '')));
    interface Descriptor {
      digest: string;
      size: number;
    }
    const manifest = JSON.parse(blob(digest).toString()) as { config: Descriptor; layers: Descriptor[] };
    for (const { digest, size } of [manifest.config, ...manifest.layers])
      expect(blob(digest)).toHaveLength(size);
    expect(readDigest(layout)).toBe(digest);
  });

  test('a stored layer is read back as it was', async () => {
    await storeLayer(__filename, folder);
    const layer = readLayer(folder);
    expect(layer.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(existsSync(layer.file)).toBe(true);
  });
});

describe('the recipe', () => {
  test('keeps what converge relies on of the official images', () => {
    expect(webConfig).toMatchObject({
      User: 'mastodon',
      WorkingDir: '/opt/mastodon',
      Entrypoint: ['/usr/bin/tini', '--'],
    });
    expect(webConfig.Env).toEqual(
      expect.arrayContaining(['BIND=0.0.0.0', 'RAILS_ENV=production', 'TZ=Etc/UTC']),
    );
    expect(streamingConfig.Env).toContain('BIND=0.0.0.0');
  });

  test('installs the package of every gem', () => {
    const gemfile = readFileSync(join(__dirname, '../../local/stand-in/web/Gemfile'), 'utf8');
    const gems = [...gemfile.matchAll(/^gem '([^']+)'/gm)].map(([, name]) => name ?? '');
    expect(gems.length).toBeGreaterThan(10);
    for (const gem of gems) {
      expect([gem, PACKAGES.includes(gem) || PACKAGES.includes(`ruby-${gem.replaceAll('_', '-')}`)]).toEqual([
        gem,
        true,
      ]);
    }
  });

  test('each image has its program, marked with the version that it stands in for', () => {
    const paths = (program: 'web' | 'streaming') => programFiles(program, '4.7.0').map(({ path }) => path);
    expect(paths('web')).toEqual(
      expect.arrayContaining(['opt/mastodon/config/puma.rb', 'opt/mastodon/VERSION']),
    );
    expect(paths('streaming')).toContain('opt/mastodon/streaming/index.js');
    expect(programFiles('web', '4.7.0').at(-1)?.content.toString()).toBe('4.7.0\n');
    expect(programFiles('web', '4.7.0').find(({ path }) => path.endsWith('bin/tootctl'))?.executable).toBe(
      true,
    );
  });
});

describe('the choice of images', () => {
  test('can be made by hand', async () => {
    expect(await chooseImages('official')).toBe('official');
    expect(await chooseImages('standin')).toBe('stand-in');
  });

  test('refuses what it does not know, and says what it takes', async () => {
    await expect(chooseImages('both')).rejects.toThrow(
      "MASTODON_IMAGES: given 'both', expected one of: official, standin, auto",
    );
  });
});
