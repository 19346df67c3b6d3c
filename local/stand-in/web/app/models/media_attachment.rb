# frozen_string_literal: true

class MediaAttachment < ApplicationRecord
  include TimeOrderedId

  IMAGE_MIME_TYPES = { png: 'image/png', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' }.freeze
  IMAGE_LIMIT = 16.megabytes
  # The stand-in has no picture library: the small size is the same file under the small size's name.
  STYLES = %w(original small).freeze
  # As `tootctl media usage` and `media remove` count (lib/mastodon/cli/media.rb).
  BYTES = Arel.sql('COALESCE(file_file_size, 0) + COALESCE(thumbnail_file_size, 0)')

  belongs_to :account
  belongs_to :status, optional: true

  # Copies of other servers' media.
  scope :cached, -> { where.not(remote_url: '').where.not(file_file_name: nil) }
  scope :unattached, -> { where(status_id: nil) }

  after_destroy { paths.each { |path| MediaStorage.current.delete(path) } }

  # Where paperclip puts the files: .../media_attachments/files/111/222/333/original/name.png
  def path(style)
    "#{'cache/' if remote_url.present?}media_attachments/files/#{id.to_s.rjust(18, '0').scan(/\d{3}/).join('/')}/#{style}/#{file_file_name}"
  end

  # Of paperclip's attachment, what the store's proof needs: the bucket, by Mastodon's client.
  def file = MediaStorage.current

  def paths = file_file_name.blank? ? [] : STYLES.map { |style| path(style) }

  def url(style) = file_file_name.blank? ? remote_url : MediaStorage.current.url(path(style))

  # Mastodon keeps the record, and fetches the file again when a visitor looks.
  def forget_file!
    paths.each { |path| MediaStorage.current.delete(path) }
    update!(file_file_name: nil, file_file_size: nil, thumbnail_file_name: nil, thumbnail_file_size: nil)
  end
end
