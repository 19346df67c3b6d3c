# frozen_string_literal: true

# Media below public/system, for a server without S3.
class DiskMediaStorage
  ROOT = Rails.public_path.join('system')

  def store(path, file, _content_type)
    target = ROOT.join(path)
    FileUtils.mkdir_p(target.dirname)
    FileUtils.cp(file, target)
    target.chmod(0o644)
  end

  def fetch(path, target) = FileUtils.cp(ROOT.join(path), target)

  def delete(path) = FileUtils.rm_f(ROOT.join(path))

  def each(prefix: nil, start_after: nil)
    files = ROOT.glob('**/*').select(&:file?).map { |file| file.relative_path_from(ROOT).to_s }.sort
    files.each do |path|
      yield path, ROOT.join(path).size if path.start_with?(prefix.to_s) && path > start_after.to_s
    end
  end

  def url(path) = "https://#{Rails.configuration.x.web_domain}/system/#{path}"
end
