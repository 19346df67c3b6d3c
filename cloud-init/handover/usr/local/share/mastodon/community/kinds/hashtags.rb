# frozen_string_literal: true

module Community
  # Hashtags that were reviewed. The others are left to Mastodon's defaults.
  class Hashtags < ListKind
    describes 'hashtag', list: 'hashtags', file: 'hashtags.yaml'
    lists ::Tag, 'display_name', 'usable', 'listable', 'trendable', log: false

    def key(item) = item['name']

    def create(change)
      tag = ::Tag.find_or_create_by_names([change.key]).first
      raise Refused, "there is no hashtag '#{change.key}'" unless tag&.persisted?

      review(tag, attributes(change.item))
    end

    def update(change) = review(find(change), attributes(change.item))

    # The hashtag stays; what was decided of it is taken back.
    def delete(change)
      find(change).update!(fields.index_with(nil).merge(reviewed_at: nil))
      nil
    end

    private

    def review(tag, attributes)
      tag.update!(attributes.merge(reviewed_at: Time.now.utc))
      nil
    end

    def records
      known = ::Tag.where.not(reviewed_at: nil).or(::Tag.where(name: ledger.values(name).keys))
      # Those older than Mastodon 4.0 may have a name that a file can't name.
      known.select { |tag| tag.name == ::HashtagNormalizer.new.normalize(tag.name) }
    end

    # Older ones have signs that Mastodon takes out by now.
    def item(record) = super.merge('name' => record.name, 'display_name' => record.display_name.gsub(::Tag::HASHTAG_INVALID_CHARS_RE, ''))
  end
end
