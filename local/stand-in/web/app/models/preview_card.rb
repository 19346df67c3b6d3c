# frozen_string_literal: true

# The picture of a link's preview; the stand-in makes none by itself.
class PreviewCard < ApplicationRecord
  self.inheritance_column = false

  enum :type, { link: 0, photo: 1, video: 2, rich: 3 }

  scope :cached, -> { where.not(image_file_name: [nil, '']) }

  def path(style) = "cache/preview_cards/images/#{id.to_s.rjust(9, '0').scan(/\d{3}/).join('/')}/#{style}/#{image_file_name}"

  def paths = image_file_name.blank? ? [] : [path('original')]

  # Mastodon keeps the card without its picture.
  def forget_file!
    paths.each { |path| MediaStorage.current.delete(path) }
    update!(image_file_name: nil, image_file_size: nil)
  end
end
