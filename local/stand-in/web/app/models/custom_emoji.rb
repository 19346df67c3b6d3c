# frozen_string_literal: true

# A picture that people write as :shortcode:.
class CustomEmoji < ApplicationRecord
  LIMIT = 256.kilobytes
  MIME_TYPES = MediaAttachment::IMAGE_MIME_TYPES.slice(:png, :gif, :webp).freeze

  belongs_to :category, class_name: 'CustomEmojiCategory', optional: true

  validates :shortcode, uniqueness: { scope: :domain }, format: { with: /\A[a-zA-Z0-9_]{2,}\z/ }, length: { in: 2..128 }
  validates :image_file_name, presence: true
  validates :image_content_type, inclusion: { in: MIME_TYPES.values }
  validates :image_file_size, numericality: { less_than: LIMIT }

  scope :local, -> { where(domain: nil) }

  after_save { @image && MediaStorage.current.store(path, @image.path, image_content_type) }
  after_destroy { MediaStorage.current.delete(path) }

  def image=(file)
    @image = file
    assign_attributes(
      image_file_name: "#{SecureRandom.hex(8)}#{File.extname(file.path)}", image_content_type: MIME_TYPES[FastImage.type(file.path)],
      image_file_size: file.size, image_updated_at: Time.now.utc
    )
  end

  # Of paperclip's attachment, what gives the file back.
  Image = Struct.new(:path) do
    def copy_to_local_file(_style, target) = MediaStorage.current.fetch(path, target)
  end

  def image = Image.new(path)

  def to_log_human_identifier = shortcode

  private

  def path = "custom_emojis/images/#{id.to_s.rjust(9, '0').scan(/\d{3}/).join('/')}/original/#{image_file_name}"
end
