# frozen_string_literal: true

# A picture of the server's own: thumbnail, mascot, icons.
class SiteUpload < ApplicationRecord
  validates :var, presence: true, uniqueness: true
  validate { errors.add(:file, :blank) if file_file_name.blank? }
  validate { errors.add(:file, :invalid) if @file && file_content_type.nil? }

  after_save :store
  after_destroy { MediaStorage.current.delete(path) }

  def file=(file)
    @file = file
    type = FastImage.type(file.path)
    # Mastodon doesn't keep the name that it was given.
    assign_attributes(
      file_file_name: "#{SecureRandom.hex(8)}#{File.extname(file.path)}", file_content_type: MediaAttachment::IMAGE_MIME_TYPES[type],
      file_file_size: file.size, file_updated_at: Time.now.utc
    )
  end

  def path = "site_uploads/files/#{id.to_s.rjust(9, '0').scan(/\d{3}/).join('/')}/original/#{file_file_name}"

  def url = MediaStorage.current.url(path)

  private

  def store = @file && MediaStorage.current.store(path, @file.path, file_content_type)
end
