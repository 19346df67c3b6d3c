# frozen_string_literal: true

module Community
  # Pictures that people here write as :shortcode:. Mastodon keeps what it took, so a file is known by when it was taken, and one that
  # an administrator put there by what it is.
  class CustomEmojis < ListKind
    describes 'customEmoji', list: 'custom_emoji', file: 'custom-emoji.yaml'
    lists ::CustomEmoji, 'category', 'visible_in_picker', 'disabled'

    def key(item) = item['shortcode']

    def value(item) = super.merge('sha256' => item.dig('picture', 'sha256'))

    def summary(item) = "(#{item['image']})"

    def present(wanted)
      super.each { |key, item| item['picture'] = { 'sha256' => known(key, item) || (wanted.key?(key) && stored(item)['sha256']) || 'of another file' } }
           .transform_values { |item| item.except('taken_at') }
    end

    # With the pictures that the files don't have.
    def listed
      records.map do |record|
        item = item(record).merge('id' => record.id)
        sha256 = known(key(item), item)
        item.except('id', 'taken_at').merge('picture' => sha256 ? { 'sha256' => sha256 } : stored(item))
      end
    end

    def create(change)
      save(::CustomEmoji.new(shortcode: change.key), change, :create)
    end

    def update(change)
      save(find(change), change, :update)
    end

    def adopt(change) = taken_at(find(change))

    private

    def records = ::CustomEmoji.local.includes(:category)

    def item(record)
      super.merge(
        'shortcode' => record.shortcode, 'category' => record.category&.name,
        'image' => "emoji/#{record.shortcode}#{File.extname(record.image_file_name)}", 'taken_at' => taken_at(record)
      )
    end

    def save(emoji, change, action)
      item = change.item
      category = item['category'] && ::CustomEmojiCategory.find_or_create_by!(name: item['category'])
      emoji.assign_attributes(category:, visible_in_picker: item.fetch('visible_in_picker'), disabled: item.fetch('disabled'))
      Dir.mktmpdir do |folder|
        path = File.join(folder, File.basename(item['image']))
        File.binwrite(path, item['picture']['base64'].unpack1('m'))
        emoji.image = File.open(path) unless change.was&.dig('picture', 'sha256') == item['picture']['sha256']
        emoji.save!
      end
      log(action, emoji)
      taken_at(emoji)
    end

    def taken_at(record) = record.image_updated_at.utc.iso8601

    def known(key, item) = ledger.record(name, key) == item['taken_at'] ? ledger.values(name).dig(key, 'sha256') : nil

    # The file as it was uploaded: Mastodon makes a still one of it beside it.
    def stored(item)
      Dir.mktmpdir do |folder|
        path = File.join(folder, 'original')
        ::CustomEmoji.find(item['id']).image.copy_to_local_file(:original, path)
        bytes = File.binread(path)
        { 'sha256' => Digest::SHA256.hexdigest(bytes), 'base64' => [bytes].pack('m0') }
      end
    end
  end
end
