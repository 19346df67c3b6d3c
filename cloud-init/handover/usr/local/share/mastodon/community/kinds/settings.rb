# frozen_string_literal: true

module Community
  # The server's settings, by the form behind the web interface: it validates them together.
  class Settings < Kind
    describes 'setting', list: 'settings', file: 'server.yaml'

    FILES = { 'site_terms' => 'community/privacy-policy.md', 'site_extended_description' => 'community/about.md' }.freeze

    def file_of(key) = FILES.fetch(key) { super }

    def wanted(document)
      document.fetch(list).reject { |_, value| value.is_a?(Hash) }.transform_values { |value| { 'value' => value } }
    end

    # Emptied in the web interface it is an empty text, where its default may be nothing.
    def value(item) = { 'value' => normal(item['value']) }

    # A setting at its default was perhaps never chosen, so the files may set it.
    def present(wanted)
      keys = (Form::AdminSettings::KEYS - Form::AdminSettings::UPLOAD_KEYS).map(&:to_s) & (Setting.pluck(:var) | wanted.keys | ledger.values(name).keys)
      keys.filter_map do |key|
        item = { 'value' => Setting[key] }
        [key, item] if ledger.managed?(name, key) || (wanted[key] && value(item) == value(wanted[key])) || !default?(key, item['value'])
      end.to_h
    end

    def listed = present({}).transform_values { |item| item['value'] }

    def summary(item) = "(#{item['value'].to_s.squish.truncate(60, omission: '…')})"

    # Mastodon wants a contact as soon as its form names one: a contact that the files no longer name stays as it is.
    CONTACT = %w(site_contact_username site_contact_email).freeze

    def apply(changes, &)
      changes.each { |change| change.action = :forget if change.action == :delete && CONTACT.include?(change.key) }
      adopted, set = changes.partition { |change| %i(adopt forget).include?(change.action) }
      super(adopted, &)
      attempt(set, -> { save(set) }, &) if set.any?
    end

    private

    def normal(value) = value.nil? || value.is_a?(String) ? Text.document(value) : value

    def save(changes)
      form = Form::AdminSettings.new(changes.to_h { |change| [change.key, in_form(change)] })
      form.save || raise(Refused, form.errors.full_messages.join('; '))
      nil
    end

    # What is taken back goes to its default. The form knows only text.
    def in_form(change)
      value = change.item ? change.item['value'] : default(change.key)
      { true => '1', false => '0', nil => '' }.fetch(value, value)
    end

    def default(key) = Setting.default_settings[key]

    def default?(key, value) = value == default(key) || (value.to_s.empty? && default(key).to_s.empty?)
  end

  # The server's own pictures. Mastodon converts what it takes, so a file is known by when it was taken.
  class Uploads < Kind
    describes 'upload', list: 'uploads', file: 'server.yaml'

    def key(item) = item['key']

    def wanted(document)
      document.fetch('settings').select { |_, value| value.is_a?(Hash) }.to_h { |key, upload| [key, upload.merge('key' => key)] }
    end

    def value(item) = item.slice('sha256')

    def summary(item) = "(#{item['fileName']})"

    def present(_wanted)
      SiteUpload.all.to_h do |upload|
        known = ledger.record(name, upload.var) == taken_at(upload)
        sha256 = known ? ledger.values(name).dig(upload.var, 'sha256') : "of another file, since #{taken_at(upload)}"
        [upload.var, { 'key' => upload.var, 'sha256' => sha256 }]
      end
    end

    def create(change)
      Dir.mktmpdir do |folder|
        path = File.join(folder, File.basename(change.item['fileName']))
        File.binwrite(path, change.item['base64'].unpack1('m'))
        form = Form::AdminSettings.new(change.key => File.open(path))
        form.save || raise(Refused, form.errors.full_messages.join('; '))
      end
      taken_at(SiteUpload.find_by!(var: change.key))
    end
    alias update create

    def delete(change)
      SiteUpload.find_by!(var: change.key).destroy!
      nil
    end

    private

    def taken_at(upload) = upload.file_updated_at.utc.iso8601
  end
end
